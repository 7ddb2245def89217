using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>What holds for every task that chooses one of a list of names, with every model.</summary>
[Collection(TorchCollection.Name)]
public sealed class TaskTests
{
    private readonly MLContext _ml = new(1);

    public static TheoryData<string, string> Cases => TaskCase.WithModels;

    /// <summary>Without those that take several images, or several texts, of pixels, which take as long as all others together.</summary>
    public static TheoryData<string, string> QuickCases => Where(isSlow: false);

    public static TheoryData<string, string> SlowCases => Where(isSlow: true);

    [Theory]
    [MemberData(nameof(QuickCases))]
    public void Learns_and_survives_a_file(string name, string kind) => Learn(name, kind);

    [Theory]
    [MemberData(nameof(SlowCases))]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Learns_from_pixels_and_survives_a_file(string name, string kind) => Learn(name, kind);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_engines_agree_on_rows_of_any_size(string name, string kind)
    {
        var rows = TaskRows.Make(9);
        TaskRows.Smallest(rows[4]);
        var (transformer, expected) = TaskCase.All[name].Fresh(_ml, Questions.ModelOf(kind), rows);
        using (transformer)
        {
            foreach (var some in new[] { rows, rows[4..5], rows[..1] })
            {
                var scored = Read(transformer.Transform(TaskRows.View(_ml, some)));
                for (var i = 0; i < some.Count; i++) GoldenAssert.Close(expected[rows.IndexOf(some[i])], scored[i].Score, 1e-5, some[i].Name);
            }

            if (TaskCase.All[name].Names.Count > 1) Assert.NotEqual(expected[0], expected[1]);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Weights_go_on_in_another_training(string name, string kind)
    {
        using var folder = new TemporaryFolder();
        var task = TaskCase.All[name];
        var view = TaskRows.View(_ml, TaskRows.Make(8));
        var options = task.Options(Questions.ModelOf(kind), 1);
        using var first = task.Train(_ml, options).Fit(view);
        first.SaveWeights(folder.File("weights.safetensors"));
        options.InitialWeights = folder.File("weights.safetensors");
        options.LearningRate = 0;
        options.WeightDecay = 0;
        using var second = task.Train(_ml, options).Fit(view);
        AssertSame(Read(first.Transform(view)), Read(second.Transform(view)));
    }

    [Fact]
    public void The_next_step_of_a_pipeline_finds_the_predicted_key()
    {
        foreach (var task in TaskCase.All.Values)
        {
            var view = TaskRows.View(_ml, TaskRows.Make(4));
            var model = task.Train(_ml, task.Options(Questions.Model, 1)).Append(_ml.Transforms.Conversion.MapKeyToValue("Text", "PredictedLabel"))
                .Fit(view);
            var predicted = Read(model.Transform(view)).Select(row => task.Names[(int)row.PredictedLabel - 1]);
            Assert.Equal(predicted, model.Transform(view).GetColumn<string>("Text"));
            (model as IDisposable)?.Dispose();
        }
    }

    private static TheoryData<string, string> Where(bool isSlow)
    {
        var data = new TheoryData<string, string>();
        foreach (var name in TaskCase.All.Keys)
            foreach (var kind in VisionLanguageModel.Kinds)
                if ((kind == FiberConfig.Base.Kind && (name is "reasoning" or "choice")) == isSlow) data.Add(name, kind);
        return data;
    }

    private void Learn(string name, string kind)
    {
        using var folder = new TemporaryFolder();
        var task = TaskCase.All[name];
        var rows = TaskRows.Make(60);
        var view = TaskRows.View(_ml, rows);
        using var model = task.Train(_ml, task.Options(Questions.ModelOf(kind), task.Names.Count == 1 ? 1 : 50)).Fit(view);
        var expected = Read(model.Transform(view));
        int[] labels = [.. rows.Select(row => task.Label(row, [.. task.Names]))];
        Assert.InRange(labels.Zip(expected).Count(pair => pair.First == (int)pair.Second.PredictedLabel - 1), 57, 60);
        Assert.All(expected, row => Assert.Equal(Array.IndexOf(row.Score, row.Score.Max()) + 1, (int)row.PredictedLabel));

        var path = folder.File("model.zip");
        _ml.Model.Save(model, view.Schema, path);
        var ours = new MLContext(3).VisionLanguage().Load(path);
        var restored = Assert.IsAssignableFrom<TaskTransformer>(ours is IEnumerable<ITransformer> parts ? parts.Single() : ours);
        Assert.Equal((model.GetType(), model.Model.ToJson(), 7), (restored.GetType(), restored.Model.ToJson(), restored.BatchSize));
        foreach (var loaded in new[] { new MLContext(2).Model.Load(path, out _), ours })
        {
            var scored = loaded.Transform(view);
            Assert.Equal(task.Names, Texts(scored.Schema["Score"], "SlotNames"));
            Assert.Equal(task.Names, Texts(scored.Schema["PredictedLabel"], "KeyValues"));
            AssertSame(expected, Read(scored));
        }

        (ours as IDisposable)?.Dispose();
    }

    private static string[] Texts(DataViewSchema.Column column, string annotation)
    {
        VBuffer<ReadOnlyMemory<char>> texts = default;
        column.Annotations.GetValue(annotation, ref texts);
        return [.. texts.DenseValues().Select(text => text.ToString())];
    }

    private List<Scored> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Scored>(view, reuseRowObject: false)];

    private static void AssertSame(List<Scored> expected, List<Scored> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            GoldenAssert.Close(expected[i].Score, actual[i].Score, 1e-5, $"row {i}");
            Assert.Equal(expected[i].PredictedLabel, actual[i].PredictedLabel);
        }
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }
    }
}
