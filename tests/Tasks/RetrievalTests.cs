using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks.Retrieval;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Retrieval with every model: what a pair is told from, and the order that training brings about.</summary>
[Collection(TorchCollection.Name)]
public sealed class RetrievalTests
{
    private const int Colours = 3;

    private readonly MLContext _ml = new(1);

    public static TheoryData<string> Kinds => [.. VisionLanguageModel.Kinds];

    [Theory]
    [InlineData("vilbert")]
    [InlineData("lxmert")]
    [InlineData("vlbert")]
    public void Learns_which_text_belongs_to_which_image(string kind) => Learn(kind);

    /// <summary>The same of a model that takes pixels, which takes as long as the others together.</summary>
    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Learns_which_text_belongs_to_which_image_from_pixels() => Learn(FiberConfig.Base.Kind);

    private void Learn(string kind)
    {
        using var folder = new TemporaryFolder();
        var view = View(Make(40));
        using var model = _ml.VisionLanguage().Trainers.ImageTextRetrieval(Options(kind, 60)).Fit(view);
        var pairs = Pairs();
        var expected = Scores(model.Transform(View(pairs)));

        // A colour for each text, and for each image: its own has the largest score in both directions.
        for (var i = 0; i < Colours; i++)
        {
            Assert.Equal(i, Best(image => expected[(i * Colours) + image]));
            Assert.Equal(i, Best(text => expected[(text * Colours) + i]));
        }

        var path = folder.File("model.zip");
        _ml.Model.Save(model, view.Schema, path);
        var ours = new MLContext(3).VisionLanguage().Load(path);
        Assert.IsType<ImageTextRetrievalTransformer>(ours is IEnumerable<ITransformer> parts ? parts.Single() : ours);
        foreach (var loaded in new[] { new MLContext(2).Model.Load(path, out _), ours })
        {
            var scored = loaded.Transform(View(pairs));
            Assert.Equal(NumberDataViewType.Single, scored.Schema["Score"].Type);
            GoldenAssert.Close(expected, Scores(scored), 1e-5, kind);
        }

        (ours as IDisposable)?.Dispose();
        model.SaveWeights(folder.File("weights.safetensors"));
        var (second, match) = _ml.VisionLanguage().LoadImageTextRetrieval(folder.File("weights.safetensors"), Questions.ModelOf(kind));
        using (second) GoldenAssert.Close(expected, Scores(second.Transform(View(pairs))), 1e-5, kind);
        Assert.Empty(match.Unexpected);

        static int Best(Func<int, float> score) => Enumerable.Range(0, Colours).MaxBy(score);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_logits_that_are_trained_are_the_scores(string kind)
    {
        using var folder = new TemporaryFolder();
        var task = new RetrievalTask(Options(kind, 1).ToSettings());
        var network = task.Settings.ToNetwork();
        using var parameters = new ModelParameters(network.Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.2, 5);
        using var transformer = task.Settings.Create(_ml, parameters.AsSource());
        using var data = new TrainingRows<bool>(task.Inputs, task.Labels, folder.Path);
        var pairs = Pairs()[..8];
        pairs[3] = Row(2, 1, regions: 1, filler: 0);
        var scores = Scores(transformer.Transform(View(pairs)));

        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var read = data.Read(View(pairs), "rows");
        using var batch = new TrainingBatch(task.Inputs, data.Collate(read), task.Targets(read));
        var engine = new TorchEngine(parameters);
        var logits = network.Logits(engine, network.Inputs(engine, (column, number) => batch.Value(column, number, CPU)));
        GoldenAssert.Close(logits.data<float>().ToArray(), scores, 1e-5, kind);

        // Four rows are a pair and what it is told from: cross entropy with the first as the right one.
        var result = task.Forward(engine, batch).Single();
        var losses = scores.Chunk(4).Select(four => Math.Log(four.Sum(score => Math.Exp(score - four[0])))).ToList();
        Assert.Equal(losses.Average(), result.Loss.ToDouble(), 1e-5);
        Assert.Equal((2, (double)scores.Chunk(4).Count(four => four[0] == four.Max())), (result.Rows, result.Score.ToDouble()));
    }

    [Fact]
    public void A_pair_is_told_from_two_other_texts_and_another_image()
    {
        using var folder = new TemporaryFolder();
        var task = new RetrievalTask(Options("vilbert", 1).ToSettings());
        using var data = new TrainingRows<bool>(task.Inputs, task.Labels, folder.Path);
        var rows = data.Read(View(Make(20)), "rows");
        var drawn = task.Draw(data, rows, rows, new Random(7));
        Assert.Equal(4 * rows.Count, drawn.Count);
        foreach (var (i, four) in drawn.Chunk(4).Index())
        {
            var parts = four.Select(row => (Text: Text(row), Image: Image(row))).ToList();
            Assert.Equal((Text(rows[i]), Image(rows[i])), parts[0]);
            foreach (var other in new[] { parts[1], parts[3] })
            {
                Assert.Equal(parts[0].Image, other.Image);
                Assert.NotEqual(parts[0].Text, other.Text);
            }

            Assert.Equal(parts[0].Text, parts[2].Text);
            Assert.NotEqual(parts[0].Image, parts[2].Image);
        }

        Assert.Equal(drawn, task.Draw(data, rows, rows, new Random(7)));
        Assert.NotEqual(drawn, task.Draw(data, rows, rows, new Random(8)));

        string Text(TrainingRow<bool> row)
        {
            using var content = data.Content(row);
            return string.Join(" ", content.Text(0).ToArray());
        }

        long Image(TrainingRow<bool> row)
        {
            using var content = data.Content(row);
            return content.Blocks[0];
        }
    }

    [Fact]
    public void The_nearest_images_are_those_of_like_regions_whatever_the_blocks()
    {
        using var folder = new TemporaryFolder();
        var task = new RetrievalTask(Options("vilbert", 1).ToSettings());
        using var data = new TrainingRows<bool>(task.Inputs, task.Labels, folder.Path);
        var rows = data.Read(View(Make(20)), "rows");
        var means = rows.Select(row => (Row: row, Mean: data.MeanRegion(Image(row)))).DistinctBy(pair => Image(pair.Row)).ToList();
        foreach (var blocks in new[] { 1, 3, 7, 2048 })
        {
            var nearest = new NearestImages(data, rows, count: 4, blocks);
            foreach (var (row, mean) in means)
            {
                var expected = means.Where(other => Image(other.Row) != Image(row))
                    .OrderBy(other => other.Mean.Zip(mean, (a, b) => Math.Pow(a - b, 2)).Sum()).Take(4).Select(other => Image(other.Row));
                Assert.Equal(expected, nearest.Of(row));
            }
        }

        Assert.Equal(means.Count - 1, new NearestImages(data, rows, count: 100).Of(rows[0]).Count);
        Assert.Null(new NearestImages(data, [rows[0]], count: 100).Draw(rows[0], new Random(1), 5));

        int Image(TrainingRow<bool> row)
        {
            using var content = data.Content(row);
            return (int)content.Blocks[0];
        }
    }

    [Fact]
    public void The_hard_caption_of_a_training_row_is_of_an_image_like_its_own()
    {
        using var folder = new TemporaryFolder();
        var options = Options("vilbert", 1);
        options.NearestImages = 5;
        var task = options.ToTask();
        using var data = new TrainingRows<bool>(task.Inputs, task.Labels, folder.Path);
        List<TaskRow> made = Make(24);

        // A word of its own for each, so that near images have other texts.
        foreach (var (i, row) in made.Index()) row.InputIds[1] = 5 + (i % 7);
        var rows = data.Read(View(made), "rows");
        task.Settle(rows, null!);
        var hard = Hard(rows);
        Assert.True(hard.Count(same => same) >= 22, $"{hard.Count(same => same)} of {hard.Count} hard captions are of an image of the colour.");

        // Validation draws from all.
        IReadOnlyList<TrainingRow<bool>> others = [.. rows];
        Assert.InRange(Hard(others).Count(same => same), 0, 16);
        Assert.Equal(5, task.Identity().Single().Value);
        Assert.Throws<ArgumentException>(() => new MLContext().VisionLanguage().Trainers.ImageTextRetrieval(new() { NearestImages = -1 }));

        // Colours repeat every three rows.
        List<bool> Hard(IReadOnlyList<TrainingRow<bool>> all) => [.. task.Draw(data, all, all, new Random(3)).Chunk(4)
            .Select((four, i) => Place(four[3].TextPlace) % Colours == i % Colours)];

        int Place(long place) => rows.Index().Single(row => row.Item.Place == place).Index;
    }

    [Fact]
    public void Rows_that_cannot_be_told_apart_are_refused()
    {
        string Refused(List<TaskRow> rows) => Assert.Throws<InvalidDataException>(
            () => _ml.VisionLanguage().Trainers.ImageTextRetrieval(Options("vilbert", 1)).Fit(View(rows))).Message;
        Assert.Contains("none that has both another image and another text", Refused([Row(1, 1)]));
        Assert.Contains("ImageTextRetrievalTrainer", Refused([Row(1, 1), Row(1, 2), Row(1, 3)]));
    }

    [Fact]
    public void Training_repeats_with_its_seed()
    {
        var view = View(Make(12));
        var first = Fit(1);
        Assert.Equal(first, Fit(1));
        Assert.NotEqual(first, Fit(2));

        float[] Fit(int seed)
        {
            var options = Options("vilbert", 2);
            options.Seed = seed;
            using var model = _ml.VisionLanguage().Trainers.ImageTextRetrieval(options).Fit(view);
            return Scores(model.Transform(view));
        }
    }

    private static ImageTextRetrievalOptions Options(string kind, int epochs) => new()
    {
        Model = Questions.ModelOf(kind),
        Initialization = WeightInitialization.Xavier,
        Epochs = epochs,
        BatchSize = 8,
        LearningRate = kind == FiberConfig.Base.Kind ? 1e-3 : 4e-3,
        CorrectBias = true,
        HeadLearningRate = null,
        Schedule = LearningRateSchedule.WarmupConstant,
        Device = TrainingDevice.Cpu,
        Threads = 1,
        Seed = 3,
        ScoringBatchSize = 7,
    };

    private IDataView View(IEnumerable<TaskRow> rows) => TaskRows.View(_ml, rows);

    private static float[] Scores(IDataView scored) => [.. scored.GetColumn<float>("Score")];

    /// <summary>Every text with every image.</summary>
    private static List<TaskRow> Pairs() =>
        [.. Enumerable.Range(0, Colours * Colours).Select(i => Row(i / Colours, i % Colours, 1 + (i % 3), i % 2))];

    /// <summary>Pairs that belong together.</summary>
    private static List<TaskRow> Make(int count) => [.. Enumerable.Range(0, count).Select(i => Row(i % Colours, i % Colours, 1 + (i % 3), i % 2, i))];

    /// <summary>A text that names a colour, with an image of one.</summary>
    private static TaskRow Row(int text, int image, int regions = 2, int filler = 1, int number = 0)
    {
        var random = new Random((100 * number) + image);
        long[] ids = [2, 14 + text, .. Enumerable.Repeat(12L, filler), 3];
        return new()
        {
            InputIds = ids,
            AttentionMask = [.. ids.Select(_ => 1L)],
            TokenTypeIds = new long[ids.Length],
            RegionFeatures =
            [
                .. Enumerable.Range(0, regions * Questions.FeatureSize)
                    .Select(i => (i % Questions.FeatureSize == image ? 1f : 0f) + (0.1f * (float)random.NextDouble())),
            ],
            RegionBoxes = [.. Enumerable.Range(0, regions).SelectMany(i => new float[] { i * 10, 5, (i * 10) + 8, 20 })],
            ImageSize = [40, 30],
        };
    }
}
