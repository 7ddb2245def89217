using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>LXMERT's pre-training answers questions, and its classifier is where fine-tuning begins.</summary>
[Collection(TorchCollection.Name)]
public sealed class PretrainingAnswersTests
{
    private static readonly string[] Table = ["nothing", "red", "green", "2", "gray"];

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Questions_among_the_captions_are_answered()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("pretrained.safetensors");
        using (var transformer = _ml.VisionLanguage().Trainers.Pretraining(Options(o => o.Epochs = 60)).Fit(Captions.View(_ml, Rows(96))))
            transformer.SaveWeights(path);
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal([Table.Length, 32], checkpoint["answer_head.logit_fc.3.weight"].Shape);

        // Its classifier answers as that of a fine-tuned model does.
        var model = (LxmertConfig)Questions.ModelOf("lxmert");
        using var whole = _ml.VisionLanguage().LoadCheckpoint(path, model, Table).Transformer;
        var others = Rows(40, seed: 9);
        var view = whole.Transform(Captions.View(_ml, others));
        var scores = view.GetColumn<float[]>("Score").ToList();
        var right = scores.Where((row, i) => Table[Array.IndexOf(row, row.Max())] == LxmertName(others[i].Answers[0])).Count();
        Assert.True(right >= 34, $"{right} of {others.Count} are right");

        // Other answers take the rows of the same texts.
        string[] answers = ["The Grey.", "unheard of", "two"];
        using var picked = _ml.VisionLanguage().LoadCheckpoint(path, model, answers, new CheckpointOptions { CheckpointAnswers = Table }).Transformer;
        var found = picked.Transform(Captions.View(_ml, others)).GetColumn<float[]>("Score").ToList();
        Assert.All(scores.Zip(found), pair => Assert.Equal([pair.First[4], 0.5f, pair.First[3]], pair.Second, (a, b) => Math.Abs(a - b) < 1e-5));

        // So does training from them, which changes nothing at a rate of 0.
        var still = Questions.Options(o =>
        {
            (o.Model, o.InitialWeights, o.InitialAnswers, o.Answers) = (model, path, Table, answers);
            (o.LearningRate, o.Epochs) = (0, 1);
        });
        var rows = Questions.Make(4);
        foreach (var row in rows) row.Answers = ["two"];
        var weights = TrainingRun.Of(still, rows).Weights;
        var bias = checkpoint["answer_head.logit_fc.3.bias"].ToSingles();
        Assert.Equal([bias[4], 0, bias[3]], weights["logit_fc.3.bias"]);
        Assert.Equal(checkpoint["answer_head.logit_fc.3.weight"].ToSingles()[(4 * 32)..], weights["logit_fc.3.weight"][..32]);
        Assert.All(weights["logit_fc.3.weight"][32..64], value => Assert.Equal(0, value));
        Assert.Equal(checkpoint["answer_head.logit_fc.0.weight"].ToSingles(), weights["logit_fc.0.weight"]);

        still.InitialAnswers = Table[1..];
        var error = Assert.Throws<CheckpointMismatchException>(() => TrainingRun.Of(still, rows));
        Assert.Contains("the list of its answers has 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("tells 5 apart", error.Message, StringComparison.Ordinal);
        still.InitialWeights = null;
        Assert.Contains("InitialAnswers", Assert.Throws<ArgumentException>(() => TrainingRun.Of(still, rows)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_answered_is_told_of()
    {
        Refused<InvalidDataException>("column 'Answers' that is one of the 5 of Answers; one that is not is 'purple'", rows: row => (row.Answers, row.AnswerScores) = (["purple"], [1]));
        Refused<InvalidDataException>("row 0", rows: row => row.AnswerScores = [1]);
        Refused<ArgumentException>("Answers", options: o => o.Answers = null);
        Refused<ArgumentException>("'red' stands twice", options: o => o.Answers = ["red", "red"]);
        Refused<ArgumentException>("ViLBERT answers no questions in pre-training", "vilbert");

        void Refused<T>(string expected, string kind = "lxmert", Action<PretrainingOptions>? options = null, Action<Caption>? rows = null)
            where T : Exception
        {
            var data = Rows(6);
            if (rows is not null) data.ForEach(rows);
            var error = Assert.ThrowsAny<T>(() => _ml.VisionLanguage().Trainers.Pretraining(Options(options, kind)).Fit(Captions.View(_ml, data)));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 6)]
    public void Fine_tuning_may_be_towards_the_best_answer_alone(bool best, int choices)
    {
        // Fresh normal weights say nothing: each of six answers is as likely as its contrary, or as the five others.
        var run = TrainingRun.Of(
            Questions.Options(o => (o.BestAnswerOnly, o.Initialization, o.LearningRate, o.Epochs) = (best, WeightInitialization.Normal, 0, 1)),
            Questions.Make(20));
        Assert.Equal(6, run.Answers.Count);
        Assert.Equal(6 * Math.Log(choices), run.Epochs[0].Loss, 0.3);
    }

    private static PretrainingOptions Options(Action<PretrainingOptions>? change = null, string kind = "lxmert") => Captions.Options(kind, o =>
    {
        (o.AnswersColumnName, o.AnswerScoresColumnName, o.Answers) = ("Answers", "AnswerScores", Table);
        change?.Invoke(o);
    });

    /// <summary>Captions whose colour has a name, in the spellings of several data sets.</summary>
    private static List<Caption> Rows(int images, int seed = 1)
    {
        string[] names = ["red", "a green.", "Two", "grey"];
        var rows = Captions.Make(images, seed);
        foreach (var row in rows) (row.Answers, row.AnswerScores) = ([names[Captions.Colour(row)], "purple"], [1, 0.3f]);
        return rows;
    }

    private static string LxmertName(string answer) => answer switch { "a green." => "green", "Two" => "2", "grey" => "gray", _ => answer };
}
