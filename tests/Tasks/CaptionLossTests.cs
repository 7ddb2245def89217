using Microsoft.ML;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using TorchSharp;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Captions by GOLD and by CIDEr-D.</summary>
[Collection(TorchCollection.Name)]
public sealed class CaptionLossTests(ITestOutputHelper output)
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Written_captions_cost_what_the_formula_says()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2f, -2f, -1f, 1f], CaptionObjective.OverOthers([3, 1, 0, 1], samples: 2));
        Assert.Equal([1.5f, 0f, -1.5f], CaptionObjective.OverOthers([2, 1, 0], samples: 3));
        var means = tensor(new[] { -1f, -2f, -3f, -4f }, requires_grad: true);
        var loss = CaptionObjective.RewardLoss(means, [2, -2, -1, 1], samples: 2);
        // -(2 · -1 + -2 · -2 + -1 · -3 + 1 · -4) / 2 images.
        Assert.Equal(-0.5, loss.ToDouble(), 1e-6);
        loss.backward();
        Assert.Equal([-1f, 1f, 0.5f, -0.5f], means.grad!.data<float>().ToArray());
        Assert.Throws<ArgumentException>(() => CaptionObjective.RewardLoss(means, [1, 2, 3], samples: 2));
    }

    /// <summary>A model that says any of four things of images, which tell nothing, is then rewarded for two of them.</summary>
    [Fact]
    public void What_a_model_writes_gets_better_by_its_reward_alone()
    {
        using var folder = new TemporaryFolder();
        using (var begun = _ml.VisionLanguage().Trainers.ImageCaptioning(Options(70)).Fit(CaptionRows.Noise(_ml, captions: 4, seed: 1)))
            begun.SaveWeights(folder.File("begun.safetensors"));
        var scores = new List<double>();
        var options = Options(30);
        (options.Loss, options.CiderWeight, options.Samples, options.LearningRate) = (CaptionLoss.Cider, 1, 10, 3e-4);
        options.InitialWeights = folder.File("begun.safetensors");
        options.Progress = new ImmediateProgress(progress =>
        {
            if (progress.EpochEnded) scores.Add(progress.TrainingScore);
        });
        using var model = _ml.VisionLanguage().Trainers.ImageCaptioning(options).Fit(CaptionRows.Noise(_ml, captions: 2, seed: 2));
        output.WriteLine(string.Join(" ", scores.Select(score => score.ToString("F3"))));
        Assert.True(scores[^3..].Average() > scores[..3].Average() + 0.5, $"CIDEr-D by epochs: {string.Join(" ", scores)}");

        static ImageCaptioningOptions Options(int epochs) => CaptionRows.Options(epochs, options =>
            (options.Model, options.BatchSize, options.LearningRate, options.Beams, options.MaxLength, options.ReportEvery) =
            (CaptionRows.NoiseModel, CaptionRows.NoiseImages, 5e-3, 1, 10, 1000));
    }

    [Theory]
    [InlineData(CaptionLoss.OffPolicy, CaptionBaseline.OtherSamples)]
    [InlineData(CaptionLoss.Cider, CaptionBaseline.OtherSamples)]
    [InlineData(CaptionLoss.Cider, CaptionBaseline.Greedy)]
    [InlineData(CaptionLoss.Cider, CaptionBaseline.One)]
    public void A_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(CaptionLoss loss, CaptionBaseline baseline)
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var whole = Weights(Options());
        var cancelled = Options();
        (cancelled.CheckpointFolder, cancelled.Cancellation) = (folder.File("run"), cancellation.Token);
        cancelled.Progress = new ImmediateProgress(progress =>
        {
            // The frozen copy is then that of two updates before, and the next is not yet due.
            if (progress.Update == 5) cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Weights(cancelled));
        var resumed = Options();
        resumed.CheckpointFolder = folder.File("run");
        Assert.Equal(whole, Weights(resumed));

        ImageCaptioningOptions Options() => CaptionRows.Options(epochs: 4, options =>
        {
            (options.Loss, options.Baseline, options.FrozenBatches, options.MaxLength, options.Samples) = (loss, baseline, 3, 4, 2);
            options.BatchSize = 4;
        });

        byte[] Weights(ImageCaptioningOptions options)
        {
            using var model = _ml.VisionLanguage().Trainers.ImageCaptioning(options).Fit(CaptionRows.View(_ml, 8), CaptionRows.View(_ml, 4));
            var path = folder.File($"{Guid.NewGuid():N}.safetensors");
            model.SaveWeights(path);
            return File.ReadAllBytes(path);
        }
    }

    [Fact]
    public void Impossible_options_are_told()
    {
        Assert.Contains("Samples", Refused(options => (options.Loss, options.Samples) = (CaptionLoss.Cider, 1)));
        Assert.Contains("CiderWeight", Refused(options => options.CiderWeight = 1.5));
        Assert.Contains("FrozenBatches", Refused(options => options.FrozenBatches = 0));
        Assert.Contains("MaximumLikelihood", Refused(options => options.Loss = (CaptionLoss)9));
        Assert.Contains("Greedy", Refused(options => options.Baseline = (CaptionBaseline)9));

        string Refused(Action<ImageCaptioningOptions> change) => Assert.ThrowsAny<ArgumentException>(
            () => _ml.VisionLanguage().Trainers.ImageCaptioning(CaptionRows.Options(1, change))).Message;
    }
}
