using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Metrics;

/// <summary>Figures worked out by hand.</summary>
public sealed class TaskMetricsTests
{
    private readonly MLContext _ml = new(seed: 1);

    private VisionLanguageCatalog Catalog => _ml.VisionLanguage();

    [Fact]
    public void Gqa_counts_exact_answers_by_kinds()
    {
        var metrics = Catalog.EvaluateGqa(View(
            new Row { Answers = ["yes"], Predicted = "yes", QuestionType = "verify", SemanticType = "attr" },
            new Row { Answers = ["red"], Predicted = "blue", QuestionType = "query", SemanticType = "attr" },
            new Row { Answers = ["dog"], Predicted = "dog", QuestionType = "query", SemanticType = "cat" },
            new Row { Answers = ["no"], Predicted = "yes", QuestionType = "logical", SemanticType = "obj" }), predictedLabelColumnName: "Predicted");
        Assert.Equal((0.5, 0.5, 0.5, 4), (metrics.Accuracy, metrics.BinaryAccuracy, metrics.OpenAccuracy, metrics.Count));
        Assert.Equal([("logical", 0.0), ("query", 0.5), ("verify", 1.0)], metrics.PerStructuralType.Select(pair => (pair.Key, pair.Value.Accuracy)));
        Assert.Equal((0.5, 2), (metrics.PerSemanticType["attr"].Accuracy, metrics.PerSemanticType["attr"].Count));
        var error = Assert.Throws<InvalidOperationException>(() => Catalog.EvaluateGqa(View(new Row { Predicted = "a" }), predictedLabelColumnName: "Predicted"));
        Assert.Equal("EvaluateGqa: row 0: column 'Answers' must have one answer.", error.Message);
    }

    [Fact]
    public void Commonsense_joins_answers_and_rationales_by_question()
    {
        var answers = View(Question("a", "0", "0"), Question("b", "1", "1"), Question("c", "2", "3"), Question("d", "0", "2"));
        var rationales = View(Question("d", "1", "0"), Question("c", "1", "1"), Question("b", "3", "3"), Question("a", "1", "2"));
        VisualCommonsenseMetrics Evaluate(IDataView some, IDataView others) => Catalog.EvaluateVisualCommonsense(some, others, "Label", "Label", "Predicted");
        var metrics = Evaluate(answers, rationales);
        Assert.Equal((0.5, 0.5, 0.25, 4), (metrics.AnswerAccuracy, metrics.RationaleAccuracy, metrics.JointAccuracy, metrics.Count));

        Assert.Contains("question d has no rationale", Assert.Throws<ArgumentException>(
            () => Evaluate(answers, View(Question("a", "0", "0"), Question("b", "0", "0"), Question("c", "0", "0")))).Message);
        Assert.Contains("question z has no answer", Assert.Throws<ArgumentException>(
            () => Evaluate(View(Question("a", "0", "0")), View(Question("a", "0", "0"), Question("z", "0", "0")))).Message);
        Assert.Contains("answers: row 1: question a is there twice", Assert.Throws<InvalidOperationException>(
            () => Evaluate(View(Question("a", "0", "0"), Question("a", "0", "0")), rationales)).Message);
    }

    [Theory]
    [InlineData("Label")]
    [InlineData("Truth")]
    [InlineData("Number")]
    public void Reasoning_is_consistent_where_all_examples_of_a_sentence_are_right(string label)
    {
        var metrics = Catalog.EvaluateVisualReasoning(Keys(View(
            Statement("s", true, true), Statement("t", true, true), Statement("s", false, true), Statement("t", false, false), Statement("u", true, false)),
            "False", "True"), label);
        Assert.Equal((0.6, 1 / 3.0, 5, 3), (metrics.Accuracy, metrics.Consistency, metrics.Count, metrics.Sentences));
    }

    [Fact]
    public void Reasoning_without_sentences_has_no_consistency()
    {
        var metrics = Catalog.EvaluateVisualReasoning(View(Statement("s", true, true)), predictedLabelColumnName: "Predicted", sentenceIdColumnName: null);
        Assert.Equal((1, double.NaN, 0), (metrics.Accuracy, metrics.Consistency, metrics.Sentences));
    }

    [Theory]
    [InlineData("Label")]
    [InlineData("LabelKey")]
    [InlineData("Number")]
    public void Entailment_has_ml_nets_metrics_whatever_the_order_of_the_labels_keys(string label)
    {
        string[] classes = ["contradiction", "neutral", "entailment"];
        Row Pair(int right, int predicted) => new()
        {
            Label = classes[right],
            Number = right,
            Predicted = classes[predicted],
            Score = [.. Enumerable.Range(0, 3).Select(i => i == predicted ? 0.5f : 0.25f)],
        };
        var view = Keys(View(Pair(2, 2), Pair(2, 2), Pair(1, 0), Pair(0, 0), Pair(0, 2)), classes);
        view = _ml.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Fit(view).Transform(view);
        var metrics = Catalog.EvaluateVisualEntailment(view, label);

        Assert.Equal(0.6, metrics.MicroAccuracy, 9);
        Assert.Equal(0.5, metrics.MacroAccuracy, 9);
        Assert.Equal(["1,0,1", "1,0,0", "0,0,2"], metrics.ConfusionMatrix.Counts.Select(row => string.Join(',', row)));
        Assert.Equal(((3 * Math.Log(2)) + (2 * Math.Log(4))) / 5, metrics.LogLoss, 6);
        var error = Assert.Throws<InvalidOperationException>(() => Catalog.EvaluateVisualEntailment(Keys(View(new Row { Label = "maybe", Predicted = "neutral" }), classes)));
        Assert.Equal("EvaluateVisualEntailment: row 0: column 'Label' is 'maybe'; one of contradiction, neutral, entailment is expected.", error.Message);
    }

    [Fact]
    public void Multiple_choice_is_measured_the_same_way()
    {
        var view = Keys(View(
            new Row { Label = "1", Predicted = "1", Score = [0, 1] }, new Row { Label = "0", Predicted = "1", Score = [0, 1] }), "0", "1");
        Assert.Equal(0.5, Catalog.EvaluateMultipleChoice(view).MicroAccuracy, 9);
    }

    [Fact]
    public void Grounding_counts_boxes_that_overlap_by_more_than_half()
    {
        // Boxes include their last pixels: [0, 0, 9, 9] has 100 and [0, 0, 9, 4] has 50 of them.
        var view = View(
            new Row { Boxes = [0, 0, 9, 9], RegionBoxes = [20, 20, 29, 29, 0, 0, 9, 4, 0, 0, 9, 8], Score = [0.1f, 0.9f, 0.5f], PredictedBox = [0, 0, 9, 8] },
            new Row { Boxes = [50, 50, 59, 59, 0, 0, 9, 9], RegionBoxes = [0, 0, 9, 9, 7, 7, 8, 8], Score = [3, 2], PredictedBox = [7, 7, 8, 8] },
            new Row { Boxes = [0, 0, 9, 9], RegionBoxes = [30, 30, 39, 39], Score = [1], PredictedBox = [0, 0, 9, 9] });
        var metrics = Catalog.EvaluateGrounding(view);
        Assert.Equal((1 / 3.0, 3), (metrics.Accuracy, metrics.Count));
        Assert.Equal((0.5 + 1 + 0) / 3, metrics.MeanOverlap, 6);
        Assert.Equal((1 / 3.0, 2 / 3.0, 2 / 3.0), (metrics.RecallAt(1), metrics.RecallAt(2), metrics.RecallAt(10)));
        Assert.Equal(2 / 3.0, Catalog.EvaluateGrounding(view, threshold: 0.4).Accuracy);
        Assert.Equal(2 / 3.0, Catalog.EvaluateGrounding(view, predictedBoxColumnName: "PredictedBox").Accuracy);
        var boxesAlone = Catalog.EvaluateGrounding(view, predictedBoxColumnName: "PredictedBox", scoreColumnName: null);
        Assert.Equal((2 / 3.0, double.NaN), (boxesAlone.Accuracy, boxesAlone.RecallAt(1)));
    }

    [Theory]
    [InlineData("Boxes", "row 0: column 'Boxes' has no box")]
    [InlineData("Score", "row 0: column 'Score' has 2 scores for 1 boxes of 'RegionBoxes'")]
    [InlineData("RegionBoxes", "row 0: column 'RegionBoxes' has 3 numbers; a multiple of 4 is expected")]
    public void A_bad_row_of_grounding_is_named(string column, string message)
    {
        var row = new Row { Boxes = [0, 0, 9, 9], RegionBoxes = [0, 0, 9, 9], Score = [1] };
        if (column == "Boxes") row.Boxes = [];
        if (column == "Score") row.Score = [1, 2];
        if (column == "RegionBoxes") row.RegionBoxes = [1, 2, 3];
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => Catalog.EvaluateGrounding(View(row))).Message);
    }

    [Fact]
    public void Retrieval_looks_in_both_directions()
    {
        // Captions a and b are of image 0, c is of image 1; image 2 has none.
        float[][] scores = [[0.9f, 0.1f, 0.2f], [0.3f, 0.8f, 0.4f], [0.5f, 0.5f, 0.1f]];
        int[] images = [0, 0, 1];
        var table = ImageTextRetrievalMetrics.FromScores(scores, images);
        var rows = scores.SelectMany((row, caption) => row.Select((score, image) => new Row
        {
            CaptionId = $"{caption}",
            ImageId = $"{image}",
            Score = [score, 0],
            Similarity = score,
            Label = $"{images[caption] == image}",
        })).ToArray();
        foreach (var metrics in new[] { table, Catalog.EvaluateImageTextRetrieval(View(rows)), Catalog.EvaluateImageTextRetrieval(View(rows), scoreColumnName: "Similarity") })
        {
            // Places from 0: 0, 2, and 1, as of equal scores the first image goes before. Image 0's best caption is a; image 1 has b before c.
            Assert.Equal((Math.Round(1 / 3.0, 9), 1, 1, 2, 2, 3), Figures(metrics.ImageRetrieval));
            Assert.Equal((0.5, 1, 1, 1, 1.5, 2), Figures(metrics.TextRetrieval));
        }

        // A pair that was not scored stands behind all others.
        Assert.Equal(3, Catalog.EvaluateImageTextRetrieval(View([.. rows.Where(row => row.CaptionId != "0" || row.ImageId != "1")])).ImageRetrieval.Count);
        Assert.Contains("row 9: caption 0 and image 0 are there twice", Assert.Throws<InvalidOperationException>(
            () => Catalog.EvaluateImageTextRetrieval(View([.. rows, rows[0]]))).Message);
        Assert.Contains("no row of caption 1 is its image's", Assert.Throws<ArgumentException>(
            () => Catalog.EvaluateImageTextRetrieval(View([.. rows.Where(row => row.CaptionId != "1" || row.Label == "False")]))).Message);
        Assert.Throws<ArgumentException>(() => ImageTextRetrievalMetrics.FromScores(scores, [0, 0, 3]));
        Assert.Throws<ArgumentException>(() => ImageTextRetrievalMetrics.FromScores([[1, 2], [1]], [0, 0]));

        static (double, double, double, double, double, long) Figures(RetrievalMetrics found) =>
            (Math.Round(found.RecallAt1, 9), found.RecallAt5, found.RecallAt10, found.MedianRank, found.MeanRank, found.Count);
    }

    [Fact]
    public void Missing_rows_and_columns_are_told()
    {
        Assert.Contains("there are no rows", Assert.Throws<ArgumentException>(() => Catalog.EvaluateGrounding(View())).Message);
        Assert.Contains("'Nothing'", Assert.Throws<ArgumentException>(() => Catalog.EvaluateVisualReasoning(View(), "Nothing", "Predicted")).Message);
        Assert.Contains("'Score'", Assert.Throws<ArgumentException>(() => Catalog.EvaluateVisualReasoning(View(), "Score", "Predicted")).Message);
        Assert.Contains("must be a key", Assert.Throws<ArgumentException>(
            () => Catalog.EvaluateVisualEntailment(View(), predictedLabelColumnName: "Predicted")).Message);
        Assert.Contains("row 0: column 'Label' has no value", Assert.Throws<InvalidOperationException>(
            () => Catalog.EvaluateVisualReasoning(View(new Row { Predicted = "True" }), predictedLabelColumnName: "Predicted")).Message);
    }

    private static Row Question(string id, string label, string predicted) => new() { QuestionId = id, Label = label, Predicted = predicted };

    private static Row Statement(string sentence, bool label, bool predicted) =>
        new() { SentenceId = sentence, Label = label ? "true" : "false", Truth = label, Number = label ? 1 : 0, Predicted = $"{predicted}" };

    private IDataView View(params Row[] rows) => _ml.Data.LoadFromEnumerable(rows);

    /// <summary>Predictions as a model gives them, keys of all its names.</summary>
    private IDataView Keys(IDataView view, params string[] names)
    {
        var keys = _ml.Data.LoadFromEnumerable(names.Select(name => new Key { Name = name }).ToList());
        return _ml.Transforms.Conversion.MapValueToKey("PredictedLabel", "Predicted", keyData: keys).Fit(view).Transform(view);
    }

    private sealed class Key
    {
        public string Name { get; set; } = "";
    }

    private sealed class Row
    {
        public string QuestionId { get; set; } = "";

        public string SentenceId { get; set; } = "s";

        public string CaptionId { get; set; } = "";

        public string ImageId { get; set; } = "";

        public string QuestionType { get; set; } = "";

        public string SemanticType { get; set; } = "";

        public string Label { get; set; } = "";

        public bool Truth { get; set; }

        public int Number { get; set; }

        public string Predicted { get; set; } = "";

        public string[] Answers { get; set; } = [];

        public float Similarity { get; set; }

        [VectorType]
        public float[] Score { get; set; } = [];

        [VectorType]
        public float[] Boxes { get; set; } = [];

        [VectorType]
        public float[] RegionBoxes { get; set; } = [];

        [VectorType]
        public float[] PredictedBox { get; set; } = [];
    }
}
