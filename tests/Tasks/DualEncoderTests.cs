using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks.Embedding;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Text and image as vectors, each read by itself.</summary>
[Collection(TorchCollection.Name)]
public sealed class DualEncoderTests : IDisposable
{
    private const int Colours = 3;

    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    private static FiberConfig Model => (FiberConfig)Questions.ModelOf("fiber");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sides_give_the_embeddings_of_pairs_and_survive_a_file(bool hasPooler)
    {
        using var dual = Create(Model with { ContrastPooler = hasPooler });
        var view = Questions.View(_ml, Questions.Make(5));
        var whole = Read(dual.Transform(view));
        Assert.Equal(10, whole.Count);
        foreach (var (image, text, score) in whole)
        {
            Assert.Equal((16, 16), (image.Length, text.Length));
            Assert.Equal(1, image.Sum(value => value * value), 1e-5);
            Assert.Equal(1, text.Sum(value => value * value), 1e-5);
            Assert.Equal(image.Zip(text, (a, b) => a * b).Sum(), score, 1e-5);
        }

        Assert.True(whole.Select(row => row.Text[0]).Distinct().Count() > 2);
        Same(whole, Read(dual.TransformInBatches(view, 1)));

        // A side has no column of the other.
        var texts = _ml.Transforms.DropColumns("PixelValues").Fit(view).Transform(view);
        var images = _ml.Transforms.SelectColumns("PixelValues").Fit(view).Transform(view);
        Near(whole.Select(row => row.Text), Numbers(dual.TextEncoder.Transform(texts), "TextEmbedding"));
        Near(whole.Select(row => row.Image), Numbers(dual.ImageEncoder.Transform(images), "ImageEmbedding"));
        Near(whole.Select(row => row.Text), Numbers(_ml.VisionLanguage().Embed(dual, texts, EmbeddingSide.Text), "TextEmbedding"));
        Assert.ThrowsAny<ArgumentException>(() => dual.ImageEncoder.Transform(texts));

        _ml.VisionLanguage().Save(dual, view.Schema, _folder.File("dual.zip"));
        Same(whole, Read(new MLContext(2).Model.Load(_folder.File("dual.zip"), out _).Transform(view)));
        using (var loaded = (DualEncoderTransformer)new MLContext(3).VisionLanguage().Load(_folder.File("dual.zip")))
        {
            Same(whole, Read(loaded.Transform(view)));
            Near(whole.Select(row => row.Image), Numbers(loaded.ImageEncoder.Transform(images), "ImageEmbedding"));
        }

        foreach (var side in Enum.GetValues<EmbeddingSide>())
        {
            var (own, path) = (side == EmbeddingSide.Text ? texts : images, _folder.File($"{side}.zip"));
            var encoder = side == EmbeddingSide.Text ? dual.TextEncoder : dual.ImageEncoder;
            Assert.Equal((side, 16), (encoder.Side, encoder.Dimensions));
            _ml.VisionLanguage().Save(encoder, own.Schema, path);
            var expected = whole.Select(row => side == EmbeddingSide.Text ? row.Text : row.Image).ToList();
            Near(expected, Numbers(new MLContext(2).Model.Load(path, out _).Transform(own), $"{side}Embedding"));
            using var loaded = (EmbeddingTransformer)new MLContext(3).VisionLanguage().Load(path);
            Near(expected, Numbers(loaded.Transform(own), $"{side}Embedding"));
        }

        dual.SaveWeights(_folder.File("w.safetensors"));
        var (again, match) = _ml.VisionLanguage().LoadDualEncoder(_folder.File("w.safetensors"), Model with { ContrastPooler = hasPooler });
        using (again) Same(whole, Read(again.Transform(view)));
        Assert.Empty(match.Unexpected);
        Assert.Contains("temp", match.Found);
        var (one, _) = _ml.VisionLanguage().LoadEmbedding(
            _folder.File("w.safetensors"), Model with { ContrastPooler = hasPooler }, EmbeddingSide.Image);
        using (one) Near(whole.Select(row => row.Image), Numbers(one.Transform(images), "ImageEmbedding"));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(12, false)]
    [InlineData(12, true)]
    public void Learns_which_text_belongs_to_which_image(int queue, bool startsFull)
    {
        var losses = new List<double>();
        var options = Options(40);
        (options.QueueSize, options.QueueStartsFull) = (queue, startsFull);
        options.Progress = new ImmediateProgress(progress => losses.Add(progress.Loss));
        using var model = _ml.VisionLanguage().Trainers.DualEncoder(options).Fit(View(Make(36)));
        Assert.True(losses[^1] < 0.75 * losses[0], $"{losses[0]} became {losses[^1]}");

        // A colour for each text, and for each image: its own is nearest in both directions.
        var (texts, images) = (View(Make(Colours)), View(Make(Colours)));
        var scores = model.ScoreAllPairs(texts, images);
        for (var i = 0; i < Colours; i++)
        {
            Assert.Equal(i, Enumerable.Range(0, Colours).MaxBy(image => scores[i][image]));
            Assert.Equal(i, Enumerable.Range(0, Colours).MaxBy(text => scores[text][i]));
        }

        // The same by an index of the images.
        var embedded = _ml.VisionLanguage().Embed(model, images, EmbeddingSide.Image);
        var index = _ml.VisionLanguage().CreateEmbeddingIndex(embedded, nameof(TaskRow.Name));
        foreach (var (i, text) in Numbers(_ml.VisionLanguage().Embed(model, texts, EmbeddingSide.Text), "TextEmbedding").Index())
        {
            var found = index.Search(text, Colours);
            Assert.Equal($"{i}", found[0].Id);
            Assert.All(found, item => Assert.Equal(scores[i][int.Parse(item.Id)], item.Score, 1e-5));
        }
    }

    [Fact]
    public void A_second_look_scores_the_candidates_as_all_pairs_do()
    {
        using var dual = Create(Model);
        var settings = new MLNet.VisionLanguage.Tasks.Retrieval.RetrievalSettings { Model = Model, BatchSize = 4 };
        using var second = settings.Create(_ml, new RandomWeights(settings.ToNetwork()));
        var (texts, images) = (View(Make(4)), View(Make(9)));
        var all = second.ScoreAllPairs(texts, images);
        int[][] candidates = [.. dual.ScoreAllPairs(texts, images).Select(own => RetrievalRanks.Order(own).Take(3).ToArray())];
        var some = _ml.VisionLanguage().ScorePairs(second, texts, images, candidates);
        for (var text = 0; text < 4; text++)
        {
            GoldenAssert.Close([.. candidates[text].Select(image => all[text][image])], some[text], 1e-5, "candidates");

            // Exhaustive scores, of which those that are no candidates are left out.
            var expected = Enumerable.Range(0, 9).Where(candidates[text].Contains).OrderByDescending(image => all[text][image]);
            var found = EmbeddingIndex.Rerank([.. candidates[text].Select(image => new FoundItem($"{image}", 0))], _ => some[text]);
            Assert.Equal(expected.Select(image => $"{image}"), found.Select(item => item.Id));
        }

        Assert.Empty(_ml.VisionLanguage().ScorePairs(second, texts, images, [[], [1], [2], [3]])[0]);
        Assert.Contains("5 lists", Assert.ThrowsAny<ArgumentException>(
            () => second.ScorePairs(texts, images, [[0], [0], [0], [0], []])).Message);
        Assert.Contains("9 images", Assert.Throws<ArgumentOutOfRangeException>(() => second.ScorePairs(texts, images, [[9], [0], [0], [0]])).Message);
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_weights_of_an_uninterrupted_one()
    {
        var view = View(Make(20));
        var whole = Fit(null, null);
        using var stop = new CancellationTokenSource();
        var folder = _folder.File("run");
        Assert.ThrowsAny<OperationCanceledException>(() => Fit(folder, stop));
        Assert.Equal(whole, Fit(folder, null));

        float[] Fit(string? checkpoints, CancellationTokenSource? source)
        {
            var options = Options(3);
            (options.QueueSize, options.CheckpointFolder, options.CheckpointEvery, options.ReportEvery) = (12, checkpoints, 1, 1);
            if (source is not null)
            {
                options.Cancellation = source.Token;
                options.Progress = new ImmediateProgress(progress =>
                {
                    if (progress.Update == 4) source.Cancel();
                });
            }

            using var model = _ml.VisionLanguage().Trainers.DualEncoder(options).Fit(view);
            return [.. Read(model.Transform(view)).Select(row => row.Score)];
        }
    }

    [Fact]
    public void What_cannot_embed_is_told()
    {
        string Refused(DualEncoderOptions options) =>
            Assert.ThrowsAny<ArgumentException>(() => _ml.VisionLanguage().Trainers.DualEncoder(options)).Message;
        Assert.Contains("ViLBERT reads text and image together alone", Refused(new() { Model = Questions.Model }));
        Assert.Contains("QueueSize", Refused(new() { Model = Model, QueueSize = -1 }));
        Assert.Contains("QueueStartsFull", Refused(new() { Model = Model, QueueStartsFull = true }));
        Assert.Contains("ImageEmbeddingColumnName", Refused(new() { Model = Model, ImageEmbeddingColumnName = "" }));
        using var dual = Create(Model);
        Assert.Contains("Embed needs a model with an DualEncoderTransformer", Assert.Throws<ArgumentException>(
            () => _ml.VisionLanguage().Embed(dual.TextEncoder, View(Make(1)), EmbeddingSide.Text)).Message);
        dual.Dispose();
        Assert.Throws<ObjectDisposedException>(() => dual.ImageEncoder);
    }

    private static DualEncoderOptions Options(int epochs) => new()
    {
        Model = Model,
        Initialization = WeightInitialization.Xavier,
        Epochs = epochs,
        BatchSize = 9,
        LearningRate = 1e-3,
        CrossLearningRate = null,
        GradientClipping = 1,
        Schedule = LearningRateSchedule.WarmupConstant,
        Device = TrainingDevice.Cpu,
        Threads = 1,
        Seed = 3,
    };

    private DualEncoderTransformer Create(FiberConfig model)
    {
        var settings = new DualEncoderSettings { Model = model, BatchSize = 4 };
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.2, 7);
        return settings.Create(_ml, parameters.AsSource());
    }

    private IDataView View(IEnumerable<TaskRow> rows) => TaskRows.View(_ml, rows);

    private static List<TaskRow> Make(int count) => [.. Enumerable.Range(0, count).Select(Row)];

    /// <summary>A text that names a colour, with an image of it; rows of a colour differ in a word and in strength.</summary>
    private static TaskRow Row(int number)
    {
        var colour = number % Colours;
        long[] ids = [2, 14 + colour, 5 + (number / Colours % 7), 3];
        return new()
        {
            Name = $"{number}",
            InputIds = ids,
            AttentionMask = [.. ids.Select(_ => 1L)],
            TokenTypeIds = new long[ids.Length],
            RegionFeatures = [.. Enumerable.Range(0, Questions.FeatureSize).Select(i => i == colour ? 1 + (0.02f * (number / Colours)) : 0)],
            RegionBoxes = [0, 0, 40, 30],
            ImageSize = [40, 30],
        };
    }

    private List<(float[] Image, float[] Text, float Score)> Read(IDataView view) =>
    [
        .. Numbers(view, "ImageEmbedding").Zip(Numbers(view, "TextEmbedding"), view.GetColumn<float>("Score")),
    ];

    private static List<float[]> Numbers(IDataView view, string column) =>
        [.. view.GetColumn<VBuffer<float>>(column).Select(value => value.DenseValues().ToArray())];

    private static void Near(IEnumerable<float[]> expected, List<float[]> found)
    {
        foreach (var (one, other) in expected.Zip(found, (one, other) => (one, other))) GoldenAssert.Close(one, other, 1e-5, "embedding");
        Assert.Equal(expected.Count(), found.Count);
    }

    private static void Same(List<(float[] Image, float[] Text, float Score)> expected, List<(float[] Image, float[] Text, float Score)> found)
    {
        Near(expected.Select(row => row.Image), [.. found.Select(row => row.Image)]);
        Near(expected.Select(row => row.Text), [.. found.Select(row => row.Text)]);
        GoldenAssert.Close([.. expected.Select(row => row.Score)], [.. found.Select(row => row.Score)], 1e-5, "score");
    }
}
