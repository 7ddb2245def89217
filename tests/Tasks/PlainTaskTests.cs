using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>A task's whole pipeline, tokenizer included, loaded by a process that knows ML.NET alone.</summary>
[Collection(TorchCollection.Name)]
public sealed class PlainTaskTests
{
    private static readonly string[] Words = ["red ball", "a blue ball here", "no ball"];

    private readonly MLContext _ml = new(1);
    private readonly BertVocabulary _vocabulary = BertVocabulary.Build(Words);

    public static TheoryData<string> Names => [.. TaskCase.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_plain_process_gives_the_same_scores(string name)
    {
        using var folder = new TemporaryFolder();
        var task = TaskCase.All[name];
        var view = _ml.Data.LoadFromEnumerable(Rows());
        var options = task.Options(Questions.Model with { VocabularySize = _vocabulary.Count }, 1);
        using var model = (IDisposable)Tokenizers(options).Append(task.Train(_ml, options)).Fit(view);
        var expected = Read(((ITransformer)model).Transform(view));
        _ml.Model.Save((ITransformer)model, view.Schema, folder.File("model.zip"));

        var results = PlainProcess.Score(folder.File("model.zip"), Rows(), folder);

        Assert.Equal(task.Names, results.GetProperty("Answers").Deserialize<string[]>()!);
        Assert.Equal(task.Names, results.GetProperty("SlotNames").Deserialize<string[]>()!);
        foreach (var part in new[] { "Enumerated", "Predicted" })
        {
            var found = results.GetProperty(part).Deserialize<List<Scored>>()!;
            Assert.Equal(expected.Count, found.Count);
            for (var i = 0; i < found.Count; i++)
            {
                GoldenAssert.Close(expected[i].Score, found[i].Score, 1e-5, $"{part} {i}");
                Assert.Equal(expected[i].PredictedLabel, found[i].PredictedLabel);
            }
        }
    }

    [Fact]
    public void A_plain_process_finds_the_same_regions()
    {
        var options = ReferringExpressionsOptions.FromScratch(Questions.Model, epochs: 1);
        Expect(_ml.VisionLanguage().Trainers.ReferringExpressions(options), view =>
            [.. _ml.Data.CreateEnumerable<Located>(view, reuseRowObject: false).Select(row => row.Score.Concat(row.PredictedBox).ToArray())]);
    }

    [Fact]
    public void A_plain_process_ranks_pairs_alike()
    {
        var options = ImageTextRetrievalOptions.FromScratch(Questions.Model, epochs: 1);
        Expect(_ml.VisionLanguage().Trainers.ImageTextRetrieval(options), view =>
            [.. _ml.Data.CreateEnumerable<Ranked>(view, reuseRowObject: false).Select(row => new[] { row.Score })]);
    }

    /// <summary>Trains, saves and loads in a process of its own.</summary>
    private void Expect(IEstimator<ITransformer> trainer, Func<IDataView, List<float[]>> read)
    {
        using var folder = new TemporaryFolder();
        var view = _ml.Data.LoadFromEnumerable(Rows());
        using var model = (IDisposable)_ml.Transforms.TokenizeText(_vocabulary, "Question", maxLength: 12).Append(trainer).Fit(view);
        var expected = read(((ITransformer)model).Transform(view));
        _ml.Model.Save((ITransformer)model, view.Schema, folder.File("model.zip"));
        var results = PlainProcess.Score(folder.File("model.zip"), Rows(), folder);
        foreach (var part in new[] { "Enumerated", "Predicted" })
        {
            var found = results.GetProperty(part).Deserialize<List<float[]>>()!;
            Assert.Equal(expected.Count, found.Count);
            for (var i = 0; i < found.Count; i++) GoldenAssert.Close(expected[i], found[i], 1e-5, $"{part} {i}");
        }
    }

    private EstimatorChain<ITransformer> Tokenizers(TaskTrainerOptions options)
    {
        var chain = new EstimatorChain<ITransformer>();
        if (options is not MultipleChoiceOptions choosing)
            return chain.Append<ITransformer>(_ml.Transforms.TokenizeText(_vocabulary, "Question", maxLength: 12));
        foreach (var choice in choosing.Choices)
        {
            chain = chain.Append<ITransformer>(_ml.Transforms.TokenizeText(
                _vocabulary, "Question", "Choice" + choice, maxLength: 12, inputIdsColumnName: "InputIds" + choice,
                attentionMaskColumnName: "AttentionMask" + choice, tokenTypeIdsColumnName: "TokenTypeIds" + choice));
        }

        return chain;
    }

    private static List<Row> Rows() =>
    [
        .. TaskRows.Make(6).Select((row, i) => new Row
        {
            Text = Words[i % 3],
            Choice0 = Words[(i + 1) % 3],
            Choice1 = Words[i % 2],
            Choice2 = Words[2],
            RegionFeatures = row.RegionFeatures,
            RegionBoxes = row.RegionBoxes,
            ImageSize = row.ImageSize,
            RegionFeaturesLeft = row.RegionFeaturesLeft,
            RegionBoxesLeft = row.RegionBoxesLeft,
            ImageSizeLeft = row.ImageSizeLeft,
            RegionFeaturesRight = row.RegionFeaturesRight,
            RegionBoxesRight = row.RegionBoxesRight,
            ImageSizeRight = row.ImageSizeRight,
            Boxes = row.RegionBoxes[..4],
            Label = row.Label,
            IsTrue = row.IsTrue,
            Chosen = row.Chosen,
        }),
    ];

    private List<Scored> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Scored>(view, reuseRowObject: false)];

    private sealed class Row
    {
        [ColumnName("Question")]
        public string Text { get; set; } = "";

        public string Choice0 { get; set; } = "";

        public string Choice1 { get; set; } = "";

        public string Choice2 { get; set; } = "";

        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [];

        public float[] Boxes { get; set; } = [];

        public float[] RegionFeaturesLeft { get; set; } = [];

        public float[] RegionBoxesLeft { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSizeLeft { get; set; } = [];

        public float[] RegionFeaturesRight { get; set; } = [];

        public float[] RegionBoxesRight { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSizeRight { get; set; } = [];

        public string Label { get; set; } = "";

        public bool IsTrue { get; set; }

        public int Chosen { get; set; }

        public int Only { get; set; }
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }
    }

    private sealed class Located
    {
        public float[] Score { get; set; } = [];

        [VectorType(4)]
        public float[] PredictedBox { get; set; } = [];
    }

    private sealed class Ranked
    {
        public float Score { get; set; }
    }
}
