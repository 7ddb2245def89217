using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>
/// Everything that can be wrong with training data: reported before anything is trained, with row, column, found and expected.
/// </summary>
public sealed class BadRowTests
{
    private readonly MLContext _ml = new(1);

    private static IReadOnlyDictionary<string, (Action<Question> Spoil, string[] Said)> Cases { get; } =
        new Dictionary<string, (Action<Question> Spoil, string[] Said)>
        {
            ["no tokens"] = (row => row.InputIds = row.AttentionMask = row.TokenTypeIds = [], ["InputIds", "empty"]),
            ["a mask of another length"] = (row => row.AttentionMask = [1], ["AttentionMask", "1", "4"]),
            ["segments of another length"] = (row => row.TokenTypeIds = [0, 0], ["TokenTypeIds", "2", "4"]),
            ["an id beyond the vocabulary"] = (row => row.InputIds[1] = 20, ["InputIds", "20", "19"]),
            ["a negative id"] = (row => row.InputIds[1] = -1, ["InputIds", "-1", "19"]),
            ["a mask of 2"] = (row => row.AttentionMask[2] = 2, ["AttentionMask", "2", "1"]),
            ["a segment that is none"] = (row => row.TokenTypeIds[0] = 2, ["TokenTypeIds", "2", "1"]),
            ["half a region"] = (row => row.RegionFeatures = new float[12], ["RegionFeatures", "12", "8"]),
            ["no regions"] = (row => row.RegionFeatures = row.RegionBoxes = [], ["RegionBoxes", "empty"]),
            ["too few boxes"] = (row => row.RegionBoxes = [.. row.RegionBoxes.SkipLast(4)], ["RegionFeatures", "RegionBoxes", "regions"]),
            ["half a box"] = (row => row.RegionBoxes = [1, 2, 3], ["RegionBoxes", "3", "4"]),
            ["a box outside the image"] = (row => row.RegionBoxes[2] = 60, ["RegionBoxes", "60", "40"]),
            ["a box turned round"] = (row => (row.RegionBoxes[0], row.RegionBoxes[2]) = (8, 2), ["RegionBoxes", "8", "2"]),
            ["a box that is no number"] = (row => row.RegionBoxes[3] = float.NaN, ["RegionBoxes", "NaN"]),
            ["a feature that is no number"] = (row => row.RegionFeatures[3] = float.NaN, ["RegionFeatures", "NaN", "finite"]),
            ["an infinite feature"] = (row => row.RegionFeatures[0] = float.PositiveInfinity, ["RegionFeatures", "finite"]),
            ["a width of 0"] = (row => row.ImageSize = [0, 30], ["ImageSize", "0", "30"]),
            ["an infinite height"] = (row => row.ImageSize = [40, float.PositiveInfinity], ["ImageSize", "40"]),
            ["a score above 1"] = (row => row.AnswerScores = [1.5f], ["AnswerScores", "1.5", "from 0 to 1"]),
            ["a score that is no number"] = (row => row.AnswerScores = [float.NaN], ["AnswerScores", "NaN", "from 0 to 1"]),
            ["two scores for one answer"] = (row => row.AnswerScores = [1, 1], ["AnswerScores", "2", "Answers", "1"]),
        };

    [Fact]
    public void A_bad_row_is_named_by_its_id_too()
    {
        var rows = Questions.Make(3).Select((row, i) => (Row: row, Id: $"q{i:00}")).ToList();
        rows[4].Row.AnswerScores = [2];
        var view = _ml.Data.LoadFromEnumerable(rows.Select(pair => new IdentifiedQuestion(pair.Row) { QuestionId = pair.Id }));
        var error = Assert.Throws<InvalidDataException>(() =>
            _ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options()).Fit(view));
        Assert.Contains("row 4 (QuestionId q04) of the training data", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> CaseNames() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void A_bad_row_is_named(string name)
    {
        var (spoil, said) = Cases[name];
        var rows = Questions.Make(3);
        rows[4].InputIds = [.. rows[4].InputIds];
        spoil(rows[4]);
        foreach (var validation in new[] { false, true })
        {
            var error = Assert.Throws<InvalidDataException>(() =>
                validation ? TrainingRun.Of(Questions.Options(), Questions.Make(2), rows) : TrainingRun.Of(Questions.Options(), rows));
            Assert.All([.. said, validation ? "row 4 of the validation data" : "row 4 of the training data"],
                part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Nothing_is_left_in_the_checkpoint_folder_by_bad_data()
    {
        using var folder = new TemporaryFolder();
        var rows = Questions.Make(3);
        rows[1].RegionFeatures[0] = float.NaN;
        Assert.Throws<InvalidDataException>(() => TrainingRun.Of(Questions.Options(o => o.CheckpointFolder = folder.Path), rows));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Data_without_rows_or_answers_are_refused()
    {
        Contains(Throws([]), "training data", "no rows");
        Contains(Assert.Throws<InvalidDataException>(() => TrainingRun.Of(Questions.Options(), Questions.Make(2), [])), "validation data", "no rows");
        var rows = Questions.Make(2);
        foreach (var row in rows) row.Answers = ["unheard of"];
        Contains(Throws(rows, o => o.Answers = ["yes", "no"]), "unheard of", "list of answers");
        foreach (var row in rows) (row.Answers, row.AnswerScores) = ([], []);
        Contains(Throws(rows), "No training row has an answer");
    }

    [Fact]
    public void Rows_whose_answers_are_unknown_are_counted_in_a_warning()
    {
        var warnings = new List<string>();
        var ml = new MLContext(1);
        ml.Log += (_, message) =>
        {
            if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning) warnings.Add(message.RawMessage);
        };
        var rows = Questions.Make(4);
        var options = Questions.Options(o => (o.Answers, o.Epochs) = (["yes", "no"], 1));
        ml.Train(options, Questions.View(ml, rows), null, (_, _) => 0);
        Assert.Contains(warnings, warning => warning.Contains("4 of 8 training rows", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_column_or_one_of_another_type_is_named()
    {
        var view = Questions.View(_ml, Questions.Make(2));
        foreach (var column in new[] { "InputIds", "AttentionMask", "TokenTypeIds", "RegionFeatures", "RegionBoxes", "ImageSize", "Answers", "AnswerScores" })
        {
            var isInteger = column is "InputIds" or "AttentionMask" or "TokenTypeIds";
            var without = _ml.Transforms.DropColumns(column).Fit(view).Transform(view);
            Contains(Assert.Throws<ArgumentException>(() => Train(without)), $"'{column}'", "no column");
            var wrong = _ml.Transforms.CopyColumns(column, isInteger ? "RegionFeatures" : "InputIds").Fit(view).Transform(view);
            Contains(Assert.Throws<ArgumentException>(() => Train(wrong)), $"'{column}'", isInteger ? "Vector<Single>" : "Vector<Int64>");
        }
    }

    [Fact]
    public void A_single_answer_needs_no_vector_and_no_score()
    {
        var view = _ml.Data.LoadFromEnumerable(Questions.Make(3).Select(row => new SingleAnswer
        {
            InputIds = row.InputIds,
            AttentionMask = row.AttentionMask,
            TokenTypeIds = row.TokenTypeIds,
            RegionFeatures = row.RegionFeatures,
            RegionBoxes = row.RegionBoxes,
            ImageSize = row.ImageSize,
            Answer = row.Answers[0],
        }));
        var options = Questions.Options(o => (o.AnswersColumnName, o.AnswerScoresColumnName, o.Epochs) = ("Answer", null, 1));
        var answers = _ml.Train(options, view, null, (_, answers) => answers);
        Assert.Equal(Questions.Make(3).Select(row => row.Answers[0]).Distinct().Order(), answers.Order());

        // As a key, and with the options' own column of scores, which is not there.
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Key", "Answer").Fit(view).Transform(view);
        var byKey = Questions.Options(o => (o.AnswersColumnName, o.Epochs) = ("Key", 1));
        Assert.Equal(answers, _ml.Train(byKey, keyed, null, (_, found) => found));
    }

    [Fact]
    public void Answers_are_listed_by_frequency_then_text()
    {
        using var folder = new TemporaryFolder();
        var rows = Questions.Make(3);
        string[][] answers = [["b"], ["a", "c"], ["c", "c", ""], ["b"], ["a"], [""]];
        for (var i = 0; i < rows.Count; i++) (rows[i].Answers, rows[i].AnswerScores) = (answers[i], [.. answers[i].Select(_ => 1f)]);
        var labels = new AnswerLabels("Test", "Answers", "AnswerScores");
        using var data = new TrainingRows<AnswerLabel>(new AnsweringTask(Questions.Options()).Inputs, labels, folder.Path);
        var read = data.Read(Questions.View(_ml, rows), "data").Select(row => row.Label).ToList();
        Assert.Equal(["a", "b", "c"], labels.Vocabulary(read, 1));
        Assert.Equal(["a", "b", "c"], labels.Vocabulary(read, 2));
        Assert.Empty(labels.Vocabulary(read, 3));
        labels.TellApart(["c", "a"]);
        Assert.Equal([(1, 1f), (0, 1f)], labels.Known(read[1]));
        Assert.Empty(labels.Known(read[0]));
        Assert.Equal("b", labels.FirstUnknown());
    }

    [Fact]
    public void No_image_is_on_both_sides_of_a_split()
    {
        using var folder = new TemporaryFolder();
        using var data = Rows(folder);
        var rows = data.Read(Questions.View(_ml, Questions.Make(30)), "data");
        var (training, held) = data.SplitByImage(rows, 0.2, seed: 1);
        Assert.Equal(60, training.Count + held.Count);
        Assert.Equal(6, held.Select(row => data.Content(row).Blocks[0]).Distinct().Count());
        Assert.Empty(training.Select(row => data.Content(row).Blocks[0]).Intersect(held.Select(row => data.Content(row).Blocks[0])));
        Assert.Equal(held, data.SplitByImage(rows, 0.2, seed: 1).Held);
        Assert.NotEqual(held, data.SplitByImage(rows, 0.2, seed: 2).Held);
    }

    [Fact]
    public void The_digest_of_the_data_sees_every_change()
    {
        using var folder = new TemporaryFolder();
        string Digest(Action<Question>? change)
        {
            var rows = Questions.Make(3);
            change?.Invoke(rows[3]);
            using var data = Rows(folder);
            data.Read(Questions.View(_ml, rows), "data");
            return data.Digest();
        }

        string[] digests =
        [
            Digest(null), Digest(row => row.InputIds[0]++), Digest(row => row.AttentionMask[1] = 0), Digest(row => row.TokenTypeIds[1] = 1),
            Digest(row => row.RegionFeatures[0]++), Digest(row => row.RegionBoxes[0] += 0.5f), Digest(row => row.ImageSize = [41, 30]),
            Digest(row => row.Answers = ["else"]), Digest(row => row.AnswerScores = [0.5f]),
        ];
        Assert.Equal(digests[0], Digest(null));
        Assert.Equal(digests.Length, digests.Distinct().Count());
    }

    private static TrainingRows<AnswerLabel> Rows(TemporaryFolder folder)
    {
        var task = new AnsweringTask(Questions.Options());
        return new TrainingRows<AnswerLabel>(task.Inputs, task.Labels, folder.Path);
    }

    private static Exception Throws(IEnumerable<Question> rows, Action<VisualQuestionAnsweringOptions>? change = null) =>
        Assert.Throws<InvalidDataException>(() => TrainingRun.Of(Questions.Options(change), rows));

    private void Train(IDataView view) => _ml.Train(Questions.Options(), view, null, (_, _) => 0);

    private static void Contains(Exception error, params string[] parts) =>
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));

    private sealed class SingleAnswer
    {
        public long[] InputIds { get; set; } = [];

        public long[] AttentionMask { get; set; } = [];

        public long[] TokenTypeIds { get; set; } = [];

        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [];

        public string Answer { get; set; } = "";
    }

    private sealed class IdentifiedQuestion(Question question)
    {
        public string QuestionId { get; set; } = "";

        public long[] InputIds { get; set; } = question.InputIds;

        public long[] AttentionMask { get; set; } = question.AttentionMask;

        public long[] TokenTypeIds { get; set; } = question.TokenTypeIds;

        public float[] RegionFeatures { get; set; } = question.RegionFeatures;

        public float[] RegionBoxes { get; set; } = question.RegionBoxes;

        [VectorType(2)]
        public float[] ImageSize { get; set; } = question.ImageSize;

        public string[] Answers { get; set; } = question.Answers;

        public float[] AnswerScores { get; set; } = question.AnswerScores;
    }
}
