using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Tests.Scoring;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Text;

/// <summary>Questions with more tokens than a model takes: cut, and counted in one warning for those who read them.</summary>
[Collection(TorchCollection.Name)]
public sealed class LongTextTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly List<string> _warnings = [];

    public LongTextTests() => _ml.Log += (_, e) =>
    {
        if (e.Kind == ChannelMessageKind.Warning) lock (_warnings) _warnings.Add(e.RawMessage);
    };

    [Fact]
    public void A_row_with_more_tokens_than_the_model_takes_is_cut_the_same_everywhere()
    {
        using var folder = new TemporaryFolder();
        using var model = AnswerFixture.Create(_ml);
        var rows = AnswerFixture.Rows(4);
        var most = AnswerFixture.Config.MaxTokens;
        Lengthen(rows[1], most + 7);
        var cut = AnswerFixture.Rows(4);
        Lengthen(cut[1], most + 7);
        cut[1].InputIds = [.. cut[1].InputIds[..(most - 1)], cut[1].InputIds[^1]];
        (cut[1].AttentionMask, cut[1].TokenTypeIds) = (cut[1].AttentionMask[..most], cut[1].TokenTypeIds[..most]);

        var expected = Scores(model, cut);
        Assert.Empty(_warnings);
        Assert.Equal(expected, Scores(model, rows));
        Assert.Contains($"1 text has more than {most} tokens", Assert.Single(_warnings), StringComparison.Ordinal);
        _ml.Model.Save(model, null, folder.File("m.zip"));
        var plain = Scores(_ml.Model.Load(folder.File("m.zip"), out _), rows);
        for (var i = 0; i < rows.Count; i++) GoldenAssert.Close(expected[i], plain[i], 1e-5, $"row {i}");
        using var engine = _ml.Model.CreatePredictionEngine<AnswerRow, AnswerOutput>(model);
        GoldenAssert.Close(expected[1], engine.Predict(rows[1]).Score, 1e-5, "single");
        Assert.Equal(2, _warnings.Count);
    }

    [Fact]
    public void Texts_that_the_tokenizer_cuts_are_counted_in_the_scorers_log()
    {
        var vocabulary = BertVocabulary.Build(["one two three four five six seven"]);
        using var scorer = AnswerFixture.Create(_ml);
        var rows = AnswerFixture.Rows(40).Select((row, i) => new TextRow
        {
            Question = i % 10 == 3 ? "one two three four five six seven" : "one two",
            RegionFeatures = row.RegionFeatures,
            RegionBoxes = row.RegionBoxes,
            ImageSize = row.ImageSize,
        }).ToList();
        var view = _ml.Data.LoadFromEnumerable(rows);
        using var model = _ml.Transforms.TokenizeText(vocabulary, "Question", maxLength: 5).Fit(view).Append(scorer);
        Assert.Equal(40, model.Transform(view).GetColumn<float[]>("Score").Count());
        var warning = Assert.Single(_warnings);
        Assert.StartsWith("4 texts have more than 5 tokens", warning, StringComparison.Ordinal);
        Assert.Contains("'Question', has 9: \"one two three", warning, StringComparison.Ordinal);

        _warnings.Clear();
        using var engine = _ml.Model.CreatePredictionEngine<TextRow, AnswerScores>(model);
        engine.Predict(rows[0]);
        Assert.Empty(_warnings);
        engine.Predict(rows[3]);
        Assert.StartsWith("1 text has more than 5 tokens", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Training_cuts_and_counts_as_well()
    {
        var rows = Questions.Make(4);
        rows[3].InputIds = [2, .. Enumerable.Repeat(5L, 20), 3];
        (rows[3].AttentionMask, rows[3].TokenTypeIds) = ([.. Enumerable.Repeat(1L, 22)], new long[22]);
        _ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options(o => o.Epochs = 1)).Fit(Questions.View(_ml, rows)).Dispose();
        Assert.Contains(_warnings, text => text.StartsWith("In the training data: 1 text has more than 12 tokens", StringComparison.Ordinal));
    }

    private static void Lengthen(AnswerRow row, int tokens)
    {
        row.InputIds = [.. Enumerable.Range(0, tokens).Select(i => 1L + (i % 50))];
        (row.AttentionMask, row.TokenTypeIds) = ([.. Enumerable.Repeat(1L, tokens)], new long[tokens]);
    }

    private List<float[]> Scores(ITransformer model, List<AnswerRow> rows) =>
        [.. model.Transform(_ml.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Score")];

    private sealed class TextRow
    {
        public string Question { get; set; } = "";

        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [];
    }

    private sealed class AnswerScores
    {
        public float[] Score { get; set; } = [];
    }
}
