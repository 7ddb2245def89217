using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class FitTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(AnswerHead.Vqa, false)]
    [InlineData(AnswerHead.Gqa, true)]
    public void The_transformer_scores_as_the_trained_model_does(AnswerHead head, bool taskTokens)
    {
        var rows = Questions.Make(20);
        var view = Questions.View(_ml, rows);
        VisualQuestionAnsweringOptions Options() => Questions.Options(o =>
            (o.Head, o.Model, o.ScoringBatchSize) = (head, Questions.ModelWithDropout with { TaskTokens = taskTokens }, 7));
        var (answers, expected) = _ml.Train(
            Options(), view, null, (parameters, answers) => (answers, Probabilities(parameters, Options(), rows, answers)));

        using var transformer = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(Options()).Fit(view);
        Assert.Equal(answers, transformer.Answers);
        Assert.Equal(7, transformer.BatchSize);
        var scored = _ml.Data.CreateEnumerable<Scored>(transformer.Transform(view), reuseRowObject: false).ToList();
        Assert.Equal(rows.Count, scored.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            GoldenAssert.Close(expected[i], scored[i].Score, 1e-5, $"row {i}");
            Assert.Equal(Array.IndexOf(expected[i], expected[i].Max()) + 1, (int)scored[i].PredictedLabel);
        }
    }

    [Theory]
    [InlineData("lxmert", 25)]
    [InlineData("vlbert", 60)]
    public void Other_models_learn_score_as_trained_and_survive_a_file(string kind, int epochs)
    {
        using var folder = new TemporaryFolder();
        var rows = Questions.Make(30);
        var view = Questions.View(_ml, rows);
        VisualQuestionAnsweringOptions Options() => Questions.Options(o =>
            (o.Model, o.Epochs, o.ScoringBatchSize) = (Questions.ModelOf(kind), epochs, 7));
        var (answers, expected) = _ml.Train(
            Options(), view, null, (parameters, answers) => (answers, Probabilities(parameters, Options(), rows, answers)));
        Assert.InRange(rows.Where((row, i) => answers[Array.IndexOf(expected[i], expected[i].Max())] == row.Answers[0]).Count(), 57, 60);

        using var transformer = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(Options()).Fit(view);
        Assert.Equal(kind, transformer.Model.Kind);
        var path = folder.File("model.zip");
        _ml.VisionLanguage().Save(transformer, view.Schema, path);
        var plain = new MLContext(2).Model.Load(path, out _);
        var ours = new MLContext(3).VisionLanguage().Load(path, out _);
        Assert.Equal(transformer.Model.ToJson(), Assert.IsType<VisualQuestionAnsweringTransformer>(Single(ours)).Model.ToJson());
        foreach (var model in new[] { transformer, plain, ours })
        {
            var scores = model.Transform(view).GetColumn<float[]>("Score").ToList();
            for (var i = 0; i < rows.Count; i++) GoldenAssert.Close(expected[i], scores[i], 1e-5, $"row {i}");
        }

        static ITransformer Single(ITransformer loaded) => loaded is IEnumerable<ITransformer> parts ? parts.Single() : loaded;
    }

    [Fact]
    public void Answers_of_the_options_keep_their_order()
    {
        string[] answers = ["yes", "unheard of", "no"];
        var view = Questions.View(_ml, Questions.Make(4));
        var options = Questions.Options(o => (o.Answers, o.Epochs) = (answers, 1));
        using var transformer = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(view);
        VBuffer<ReadOnlyMemory<char>> names = default;
        transformer.Transform(view).Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(answers, names.DenseValues().Select(name => name.ToString()));
    }

    [Fact]
    public void A_trained_model_is_saved_and_loaded_in_a_pipeline()
    {
        using var folder = new TemporaryFolder();
        var view = Questions.View(_ml, Questions.Make(6));
        using var model = _ml.Transforms.CopyColumns("Regions", "RegionFeatures")
            .Append(_ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options(o => (o.RegionFeaturesColumnName, o.Epochs) = ("Regions", 1))))
            .Fit(view);
        var path = folder.File("model.zip");
        _ml.Model.Save(model, view.Schema, path);
        var loaded = new MLContext(2).Model.Load(path, out _);
        float[][] before = [.. model.Transform(view).GetColumn<float[]>("Score")], after = [.. loaded.Transform(view).GetColumn<float[]>("Score")];
        for (var i = 0; i < before.Length; i++) GoldenAssert.Close(before[i], after[i], 1e-5, $"row {i}");
    }

    /// <summary>Sigmoids of the TorchSharp model's logits, one row at a time.</summary>
    private static float[][] Probabilities(
        ModelParameters parameters, VisualQuestionAnsweringOptions options, List<Question> rows, string[] answers)
    {
        using var folder = new TemporaryFolder();
        var task = new AnsweringTask(options);
        using var data = new TrainingRows<AnswerLabel>(task.Inputs, task.Labels, folder.Path);
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var read = data.Read(Questions.View(new MLContext(1), rows), "rows");
        var network = options.ToSettings(answers).ToNetwork();
        return
        [
            .. read.Select(row =>
            {
                using var batch = new TrainingBatch(task.Inputs, data.Collate([row]));
                return network.Logits(new TorchEngine(parameters), batch.Inputs(CPU)).sigmoid().contiguous().data<float>().ToArray();
            }),
        ];
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }
    }
}
