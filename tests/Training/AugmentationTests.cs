using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Images that are changed by chance while a model learns.</summary>
[Collection(TorchCollection.Name)]
public sealed class AugmentationTests : IDisposable
{
    private const int Side = DrawnRegions.Side;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);
    private readonly List<Picture> _rows = [.. Enumerable.Range(0, 6).Select(Picture.Of)];

    public void Dispose()
    {
        foreach (var row in _rows) row.Image.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Images_are_changed_anew_each_epoch_and_by_the_place_in_the_run_alone()
    {
        var (first, again, plain) = (Batches(Options()), Batches(Options()), Batches(Options(ImageAugmentation.None)));
        Assert.Equal(first.Training, again.Training);
        Assert.All(first.Training.Keys, key => Assert.NotEqual(plain.Training[key], first.Training[key]));
        Assert.True(
            Enumerable.Range(0, _rows.Count).Count(row => !first.Training[(0, row)].SequenceEqual(first.Training[(1, row)])) >= 5,
            "Images of the second epoch are those of the first.");
        Assert.Equal(plain.Held, first.Held);

        // Other seeds give other images, and a run that goes on sees what it would have seen.
        var other = Options();
        other.Seed = 4;
        Assert.NotEqual(first.Training[(0, 0)], Batches(other).Training[(0, 0)]);
        var late = Batches(Options(), firstBatch: 1).Training;
        Assert.Equal(6, late.Count);
        Assert.All(late, pair => Assert.Equal(first.Training[pair.Key], pair.Value));
    }

    [Fact]
    public void A_resumed_run_ends_with_the_weights_of_an_uninterrupted_one()
    {
        var (whole, view) = (TrainingRunOf(Options()), View());
        using var cancellation = new CancellationTokenSource();
        var cancelled = Options();
        (cancelled.CheckpointFolder, cancelled.Cancellation) = (_folder.File("run"), cancellation.Token);
        cancelled.Progress = new Cancelling(cancellation);
        Assert.Throws<OperationCanceledException>(() => _ml.VisionLanguage().Trainers.VisualQuestionAnswering(cancelled).Fit(view));
        var resumed = Options();
        resumed.CheckpointFolder = _folder.File("run");
        Assert.Equal(0, TrainingRun.Distance(whole, TrainingRunOf(resumed)));
        Assert.NotEqual(0, TrainingRun.Distance(whole, TrainingRunOf(Options(ImageAugmentation.None))));
    }

    [Fact]
    public void What_cannot_be_changed_is_told()
    {
        var regions = Questions.Options(options => options.Augmentation = ImageAugmentation.RandomOperations);
        Assert.Contains("takes regions", Refused(regions, Questions.View(_ml, Questions.Make(2))));
        Assert.Contains("does not tell how its values were made", Refused(Options(), Questions.View(_ml, Questions.Make(2))));
        Assert.Contains("Augmentation", Refused(Options((ImageAugmentation)7), View()));
    }

    private string Refused(VisualQuestionAnsweringOptions options, IDataView view) =>
        Assert.ThrowsAny<ArgumentException>(() => _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(view)).Message;

    private static VisualQuestionAnsweringOptions Options(ImageAugmentation augmentation = ImageAugmentation.RandomOperations) =>
        Questions.Options(options => (options.Model, options.BatchSize, options.Augmentation) = (Questions.ModelOf("fiber"), 3, augmentation));

    private IDataView View()
    {
        var rows = _ml.Data.LoadFromEnumerable(_rows);
        return _ml.Transforms.PreprocessImage("PixelValues", nameof(Picture.Image), imageSize: Side).Fit(rows).Transform(rows);
    }

    private Dictionary<string, float[]> TrainingRunOf(VisualQuestionAnsweringOptions options) =>
        _ml.Train(options, View(), null, (parameters, _) => TrainingRun.WeightsOf(parameters));

    /// <summary>The pixels of each row in two epochs, and of the same rows as validation has them.</summary>
    private (Dictionary<(int Epoch, int Row), float[]> Training, List<float[]> Held) Batches(VisualQuestionAnsweringOptions options, int firstBatch = 0)
    {
        using var channel = ((IHostEnvironment)_ml).Register("test").Start("changing");
        var task = new AnsweringTask(options);
        using var rows = new TaskRows<AnswerLabel>(task, options, new RunSetup(channel, options, options.Seed!.Value), options.Seed!.Value, _folder.Path, View(), View());
        var training = new Dictionary<(int, int), float[]>();
        foreach (var epoch in new[] { 0, 1 })
        {
            foreach (var batch in rows.Epoch(epoch, firstBatch, inTwo: false))
            {
                for (var i = 0; i < batch.Rows; i++) training.Add((epoch, RowOf(batch, i)), Pixels(batch, i));
                batch.Dispose();
            }
        }

        var held = new List<float[]>();
        foreach (var batch in rows.HeldBatches(inTwo: false))
        {
            for (var i = 0; i < batch.Rows; i++) held.Add(Pixels(batch, i));
            batch.Dispose();
        }

        return (training, held);

        static int RowOf(TrainingBatch batch, int i) => (int)((PaddedColumn<long>)batch[StandardColumns.InputIds]).Row(i)[1] - Picture.FirstWord;

        static float[] Pixels(TrainingBatch batch, int i) => ((PaddedColumn<float>)batch[StandardColumns.PixelValues]).Row(i).ToArray();
    }

    private sealed class Cancelling(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => source.Cancel();
    }

    private sealed class Picture
    {
        public const int FirstWord = 5;

        [ImageType(Side, Side)]
        public required MLImage Image { get; init; }

        public required long[] InputIds { get; init; }

        public long[] AttentionMask { get; } = [1, 1, 1];

        public long[] TokenTypeIds { get; } = [0, 0, 0];

        public required string Answers { get; init; }

        public static Picture Of(int number)
        {
            var random = new Random(number);
            var pixels = new byte[Side * Side * 4];
            random.NextBytes(pixels);
            for (var i = 3; i < pixels.Length; i += 4) pixels[i] = byte.MaxValue;
            return new()
            {
                Image = MLImage.CreateFromPixels(Side, Side, MLPixelFormat.Rgba32, pixels),
                InputIds = [2, FirstWord + number, 3],
                Answers = number % 2 == 0 ? "yes" : "no",
            };
        }
    }
}
