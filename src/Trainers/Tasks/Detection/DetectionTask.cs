using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>
/// A detector as the training loop sees it. While it trains a batch's score is the share of objects whose class is right; in validation it is that
/// of the objects rightly found, see <see cref="FoundObjects"/>.
/// </summary>
/// <param name="parameters">The detector's parameters.</param>
/// <param name="detector">The detector.</param>
/// <param name="options">What it is asked, and how many proposals there are, while it learns.</param>
internal sealed class DetectionTask(ModelParameters parameters, FasterRcnnConfig detector, RegionDetectorOptions options) : ITrainingTask<DetectionBatch>
{
    private readonly FasterRcnnConfig _learning =
        detector with { ProposalsLookedAt = options.ProposalsLookedAt, Proposals = options.Proposals };

    private bool _isTraining;

    public ModelParameters Parameters => parameters;

    public bool Training
    {
        set => _isTraining = value;
    }

    public IReadOnlyList<(DetectionBatch Batch, double Share)> Parts(DetectionBatch batch) => batch.Halves();

    public IEnumerable<BatchResult> Forward(DetectionBatch batch)
    {
        // The halves of a batch are computed at the same time, and an engine knows what it is in the midst of.
        var engine = new TorchEngine(parameters);
        List<Tensor> images = [.. batch.Images.Select(image => Look(engine, image))];
        var (losses, right) = Learn(engine, batch, images);
        var loss = losses.Values.Aggregate(Scalars.Add);
        if (_isTraining)
            yield return new(loss, Scalars.With(batch.Images.Count, right.mul), batch.Images.Count);
        else
            yield return new(loss, torch.tensor(batch.Images.Zip(images).Sum(pair => Score(engine, pair.First, pair.Second))), batch.Images.Count);
    }

    /// <summary>Has fresh normalisations take their statistics from images.</summary>
    /// <param name="batch">The images.</param>
    /// <param name="fresh">The names of the parameters that are fresh.</param>
    public void MeasureNorms(DetectionBatch batch, IReadOnlyCollection<string> fresh) => TorchEngine.MeasureNorms(
        parameters, fresh, engine => Learn(engine, batch, [.. batch.Images.Select(image => Look(engine, image))]));

    private (IReadOnlyDictionary<string, Tensor> Losses, Tensor Right) Learn(TorchEngine engine, DetectionBatch batch, List<Tensor> images)
    {
        long height = images.Max(image => image.shape[2]), width = images.Max(image => image.shape[3]);
        var padded = torch.cat([.. images.Select(image => F.pad(image, [0, width - image.shape[3], 0, height - image.shape[2]]))]);
        var losses = new DetectionLosses(engine, _learning, options.Targets, new Random(batch.Seed)) { AttributeWeight = options.AttributeWeight };
        return losses.Measure(padded, [.. batch.Images.Select(image => image.Size)], [.. batch.Images.Select(image => image.Objects)]);
    }

    /// <summary>An image as the detector's graph makes it of its pixels, [1, 3, height, width].</summary>
    private Tensor Look(TorchEngine engine, DrawnImage image)
    {
        using var gradients = no_grad();
        return image.Look(engine, detector.PixelMean, detector.PixelDeviation);
    }

    private double Score(TorchEngine engine, DrawnImage image, Tensor pixels)
    {
        var (height, width) = image.Size;
        var found = FasterRcnnNetwork.Find(
            engine, detector, new(RegionChoice.Best), pixels, engine.Constant([height, (float)width], 2), engine.Constant([1f, 1], 2));
        return new FoundObjects(
            DetectionObjective.Numbers(found.Boxes), found.Classes.cpu().data<long>().ToArray(), DetectionObjective.Numbers(found.Scores))
            .Score(image.Objects);
    }
}
