using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>
/// ML.NET's trainers, evaluators and savers read a view of somebody else's making that reads rows ahead as they read any other.
/// (Trainers tell
/// rows apart by their ids, so a view that gave the id of the row read last instead of the row shown would teach them nonsense.)
/// </summary>
public sealed class ViewLearningTests : IDisposable
{
    private const int Rows = 300;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Trainers_learn_from_it_what_they_learn_from_its_source()
    {
        var (expected, found) = (Learn(Source()), Learn(View()));
        Assert.Equal([expected.Bias, .. expected.Weights], new[] { found.Bias }.Concat(found.Weights));
        Assert.NotEqual(0, found.Weights[0]);

        // Threads of its own would sum the rows in an order of theirs.
        LinearModelParameters Learn(IDataView view) =>
            _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 })
                .Fit(view).Model.SubModel;
    }

    [Fact]
    public void Trainers_that_tell_rows_apart_by_id_learn_from_it()
    {
        var options = new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 };
        var model = _ml.BinaryClassification.Trainers.SdcaLogisticRegression(options).Fit(View());

        Assert.InRange(_ml.BinaryClassification.Evaluate(model.Transform(View())).Accuracy, 0.95, 1);
    }

    [Fact]
    public void Cross_validation_takes_every_row_once()
    {
        var results = _ml.BinaryClassification.CrossValidate(View(), _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(), 3);

        Assert.Equal(3, results.Count);
        Assert.All(results, result => Assert.InRange(result.Metrics.Accuracy, 0.95, 1));
        Assert.Equal(Rows, results.Sum(result => result.ScoredHoldOutSet.GetColumn<int>("Number").Count()));
    }

    [Fact]
    public void Features_are_permuted_through_it()
    {
        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(View());
        var importance = _ml.BinaryClassification.PermutationFeatureImportance(model, model.Transform(View()), permutationCount: 2);

        Assert.Equal(2, importance.Length);
        Assert.True(importance[0].Accuracy.Mean < -0.2, $"{importance[0].Accuracy.Mean}");
        Assert.InRange(importance[1].Accuracy.Mean, -0.1, 0.1);
    }

    [Fact]
    public void Savers_write_what_it_gives()
    {
        var (binary, text) = (_folder.File("rows.idv"), _folder.File("rows.txt"));
        using (var stream = File.Create(binary)) _ml.Data.SaveAsBinary(View(), stream);
        using (var stream = File.Create(text)) _ml.Data.SaveAsText(View(), stream, schema: false, headerRow: false);

        var expected = Source().GetColumn<float[]>("Values").Select(values => values.Sum());
        Assert.Equal(expected, _ml.Data.LoadFromBinary(binary).GetColumn<float>("Sum"));
        Assert.Equal(Rows, File.ReadLines(text).Count());
    }

    private ReadAheadView View() => new(Source(), 16);

    /// <summary>The label is the sign of the first feature.</summary>
    private IDataView Source()
    {
        var random = new Random(3);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(number =>
        {
            var values = new[] { random.NextSingle() - 0.5f, random.NextSingle() - 0.5f };
            return new Row { Number = number, Values = values, Features = values, Label = values[0] > 0 };
        }).ToList());
    }

    private sealed class Row
    {
        public int Number { get; set; }

        [VectorType(2)]
        public float[] Values { get; set; } = [];

        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }
}
