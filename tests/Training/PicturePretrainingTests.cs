using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks.Pretraining;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>FIBER's pre-training: words, embeddings with a queue, and pairs.</summary>
[Collection(TorchCollection.Name)]
public sealed class PicturePretrainingTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, true, 3, 50)]
    [InlineData(true, true, 2, 150)]
    [InlineData(false, false, 2, 50)]
    public void A_few_steps_lower_each_loss(bool skipsContrast, bool replacesCaptions, int objectives, int steps)
    {
        var options = Options();
        (options.SkipsContrast, options.ReplacesCaptions) = (skipsContrast, replacesCaptions);
        var task = Task(options);
        using var parameters = new ModelParameters(task.Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 1);
        using var optimizer = ParameterGroups.Optimizer(parameters, options);
        using var data = new TrainingRows<bool>(task.Inputs, task.Labels, _folder.Path);
        var rows = data.Read(View(Make(24)), "rows");
        var memory = task.Remember(CPU, 1);
        var engine = new TorchEngine(parameters) { Training = true };
        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        var losses = Enumerable.Range(0, steps).Select(Step).ToList();
        torch.set_num_threads(threads);
        Assert.All(losses, step => Assert.Equal(objectives, step.Length));
        for (var k = 0; k < objectives; k++)
        {
            // Until the queue is full there is less to be told from.
            double first = losses.Skip(2).Take(4).Average(step => step[k]), last = losses.TakeLast(6).Average(step => step[k]);
            Assert.True(last < 0.9 * first, $"loss {k}: {first} became {last}");
        }

        Assert.Equal(skipsContrast ? 0 : 7, memory.Count);
        if (!skipsContrast) Assert.Equal(steps * 8, memory["queue.counts"].data<long>()[1]);
        foreach (var tensor in memory.Values) tensor.Dispose();

        double[] Step(int number)
        {
            using var scope = NewDisposeScope();
            var random = new Random(number);
            var drawn = task.Draw(data, [.. Enumerable.Range(0, 8).Select(i => rows[((8 * number) + i) % rows.Count])], rows, random);
            var batch = data.Collate(drawn);
            using var laid = new TrainingBatch(task.Inputs, batch, task.Prepare(batch, drawn, random));
            var found = new List<double>();
            foreach (var result in task.Forward(engine, laid))
            {
                Assert.Equal((8, found.Count > 0), (result.Rows, result.IsFurther));
                result.Loss.backward();
                found.Add(result.Loss.ToDouble());
                Assert.InRange(result.Score.ToDouble(), 0, 8.0 / objectives + 1e-4);
            }

            optimizer.ClipGradients(1);
            optimizer.Step(1);
            optimizer.ZeroGradients();
            return [.. found];
        }
    }

    [Fact]
    public void Negatives_are_other_rows_of_the_batch_or_of_the_queue()
    {
        var options = Options();
        options.QueueSize = 16;
        var memory = new ContrastMemory(4, 16, startsFull: false);
        using var scope = NewDisposeScope();
        memory.Begin(CPU, 1);
        using var random = new Generator(3);
        Tensor Unit(int seed) => torch.nn.functional.normalize(torch.randn([6, 4], generator: new Generator((ulong)seed)));
        Tensor Column(params long[] values) => torch.tensor(values).unsqueeze(1);

        // Rows 0 and 1 are captions of one image, rows 2 and 3 have one text.
        var first = new ComparedRows(Column(7, 7, 1, 2, 3, 4), Column(10, 11, 12, 12, 13, 14), Column(0, 1, 2, 3, 4, 5), Column(0, 1, 2, 3, 4, 5));
        Tensor temperature = torch.tensor(5f), images = Unit(1), texts = Unit(2);
        var alone = memory.Compare(images, texts, first, temperature, isTraining: true);
        Assert.Equal(1, temperature.ToDouble());
        Assert.Equal([6L, 6], alone.OfImages.shape);
        Assert.All(
            new[] { (0, 1), (1, 0), (2, 3), (3, 2) },
            pair => Assert.Equal((-1e4f, -1e4f), (alone.OfImages[pair.Item1, pair.Item2].ToSingle(), alone.OfTexts[pair.Item1, pair.Item2].ToSingle())));
        Assert.Equal(4, alone.OfImages.eq(-1e4f).sum().ToInt64());
        for (var draw = 0; draw < 20; draw++)
        {
            var (otherImages, otherTexts) = memory.DrawNegatives(alone, first, random, isTraining: true);
            for (var row = 0; row < 6; row++)
            {
                Assert.NotEqual(row, otherImages[row]);
                Assert.NotEqual(row, otherTexts[row]);
                Assert.NotEqual(row switch { 0 => 1, 1 => 0, 2 => 3, 3 => 2, _ => -1 }, otherTexts[row]);
            }
        }

        memory.Add(images, texts, first);
        var second = new ComparedRows(Column(7, 21, 22, 23, 24, 25), Column(30, 31, 32, 33, 34, 35), Column(20, 21, 22, 23, 24, 25), Column(20, 21, 22, 23, 24, 25));
        var both = memory.Compare(Unit(3), Unit(4), second, temperature, isTraining: true);
        Assert.Equal([6L, 12], both.OfImages.shape);
        Assert.Equal([6L, 7], Enumerable.Range(0, 12).Where(column => both.OfImages[0, column].ToSingle() == -1e4f).Select(column => (long)column));
        Assert.Equal([6L, 6], memory.Compare(Unit(3), Unit(4), second, temperature, isTraining: false).OfImages.shape);
        var drawn = Enumerable.Range(0, 30).SelectMany(_ => memory.DrawNegatives(both, second, random, isTraining: true).Images).ToList();
        Assert.Contains(drawn, place => place < 6);
        Assert.Contains(drawn, place => place >= 20);
    }

    [Fact]
    public void What_was_learnt_scores_is_saved_and_is_where_tasks_begin()
    {
        var epochs = new List<TrainingProgress>();
        var options = Options();
        (options.Epochs, options.GradientAccumulation, options.GradientCheckpointing, options.ValidationFraction) = (12, 2, true, 0.2);
        options.Progress = new ImmediateProgress(progress =>
        {
            if (progress.EpochEnded) epochs.Add(progress);
        });
        var view = View(Make(48));
        using var trained = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(view);
        Assert.True(epochs[^1].Loss < 0.85 * epochs[0].Loss, $"{epochs[0]} {epochs[^1]}");
        Assert.All(epochs, epoch => Assert.InRange(epoch.ValidationScore!.Value, 0, 1));
        var expected = Scores(trained.Transform(view));
        Assert.All(expected, score => Assert.InRange(score, 0, 1));
        _ml.VisionLanguage().Save(trained, view.Schema, _folder.File("m.zip"));
        GoldenAssert.Close(expected, Scores(new MLContext(2).Model.Load(_folder.File("m.zip"), out _).Transform(view)), 1e-5, "loaded");

        trained.SaveWeights(_folder.File("w.safetensors"));
        using (var weights = Checkpoint.Open(_folder.File("w.safetensors")))
        {
            Assert.Equal(weights["itm_score.fc.weight"].ToSingles()[32..], weights["rank_output.weight"].ToSingles());
            Assert.InRange(weights["temp"].ToSingles()[0], 0.001f, 1);
            Assert.NotEqual(0.07f, weights["temp"].ToSingles()[0]);
        }

        foreach (var load in new Func<TaskTransformer>[]
        {
            () => _ml.VisionLanguage().LoadDualEncoder(_folder.File("w.safetensors"), options.Model).Transformer,
            () => _ml.VisionLanguage().LoadImageTextRetrieval(_folder.File("w.safetensors"), options.Model).Transformer,
        })
        {
            using var loaded = load();
            Assert.All(Scores(loaded.Transform(view)), score => Assert.True(float.IsFinite(score)));
        }
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_weights_of_an_uninterrupted_one()
    {
        var view = View(Make(30));
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Fit(_folder.File("run"), stop, "none"));
        var resumed = Fit(_folder.File("run"), null, "resumed");
        Assert.Equal(0, TrainingRun.Distance(Fit(null, null, "whole"), resumed));

        Dictionary<string, float[]> Fit(string? checkpoints, CancellationTokenSource? source, string name)
        {
            var options = Options();
            (options.Epochs, options.CheckpointFolder, options.CheckpointEvery, options.ReportEvery) = (2, checkpoints, 1, 1);
            (options.ValidationFraction, options.QueueSize, options.QueueStartsFull) = (0.2, 12, true);
            if (source is not null)
            {
                options.Cancellation = source.Token;
                options.Progress = new ImmediateProgress(progress =>
                {
                    if (progress.Update == 2) source.Cancel();
                });
            }

            using var trained = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(view);
            trained.SaveWeights(_folder.File(name));
            using var weights = Checkpoint.Open(_folder.File(name));
            return weights.Names.ToDictionary(weight => weight, weight => weights[weight].ToSingles());
        }
    }

    [Fact]
    public void What_it_cannot_do_is_told()
    {
        string Refused(Action<PretrainingOptions> change) => Assert.ThrowsAny<ArgumentException>(() =>
        {
            var options = Options();
            change(options);
            _ml.VisionLanguage().Trainers.Pretraining(options).Fit(View(Make(4)));
        }).Message;
        Assert.Contains("RegionTarget", Refused(options => options.RegionTarget = RegionTarget.Features));
        Assert.Contains("PredictsPairsOnly", Refused(options => options.PredictsPairsOnly = true));
        Assert.Contains("RegionObjectsColumnName", Refused(options =>
            (options.RegionObjectsColumnName, options.RegionObjectConfidencesColumnName) = ("A", "B")));
        Assert.Contains("QueueSize", Refused(options => options.QueueSize = -1));
        Assert.Contains("MaskTokenId", Refused(options => options.MaskTokenId = null));
        Assert.Contains("none that has both another image and another text", Assert.Throws<InvalidDataException>(() =>
        {
            var options = Options();
            options.SkipsContrast = true;
            _ml.VisionLanguage().Trainers.Pretraining(options).Fit(View([Make(1)[0], Make(1)[0]]));
        }).Message);
    }

    private static FiberConfig Small => (FiberConfig)Questions.ModelOf("fiber") with { Depths = [1, 1, 1, 2], TextLayers = 2, FusedBlocks = 2 };

    private static PretrainingOptions Options()
    {
        var options = PretrainingOptions.FromScratch(Small, epochs: 2);
        options.SizesFromData = false;
        options.BatchSize = 8;
        options.LearningRate = 2e-3;
        options.MaskTokenId = Captions.Mask;
        options.QueueSize = 16;
        options.Device = TrainingDevice.Cpu;
        options.Threads = 1;
        options.Seed = 3;
        return options;
    }

    private static PicturePretrainingTask Task(PretrainingOptions options) => new(options, options.ToSettings(null), Captions.Mask);

    /// <summary>Images of one colour in several strengths, with the same three words for each of a colour.</summary>
    private static List<Question> Make(int count) =>
    [
        .. Enumerable.Range(0, count).Select(number =>
        {
            var colour = number % Captions.Colours;
            float[] feature = [.. Enumerable.Range(0, Questions.FeatureSize).Select(i => i == colour ? 1 + (0.01f * number) : 0)];
            return Questions.Row([2, 5 + colour, 10 + colour, 15 + colour, 3], feature, [0, 0, 40, 30], "");
        }),
    ];

    private IDataView View(IEnumerable<Question> rows) => Questions.View(_ml, rows);

    private static float[] Scores(IDataView view) => [.. view.GetColumn<float>("Score")];
}
