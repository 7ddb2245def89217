using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tokenization;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>
/// FIBER's detector as the training loop sees it. While it trains a batch's score is how well the boxes of its objects overlap with them; in
/// validation it is the share of what is said whose best box is right.
/// </summary>
internal sealed class GroundedTask : ITrainingTask<DetectionBatch>, IDisposable
{
    /// <summary>From this overlap on a box is right.</summary>
    private const float Overlap = 0.5f;

    private readonly TorchEngine _engine;
    private readonly FiberDetectorConfig _config;
    private readonly long _padding;

    /// <param name="parameters">The detector's.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="padding">The token of padding.</param>
    /// <param name="recomputes">Whether what lies between is computed again in the backward pass, which takes less memory.</param>
    public GroundedTask(ModelParameters parameters, FiberDetectorConfig config, long padding, bool recomputes)
    {
        (Parameters, _config, _padding) = (parameters, config, padding);
        _engine = new(parameters)
        {
            Random = parameters.Device.type == DeviceType.CPU ? new Generator() : null,
            RecomputesSegments = recomputes,
        };
    }

    public ModelParameters Parameters { get; }

    public bool Training
    {
        set => _engine.Training = value;
    }

    public void SeedDropout(int seed)
    {
        torch.manual_seed(seed).Dispose();
        if (Parameters.Device.type == DeviceType.CUDA) torch.cuda.manual_seed_all(seed);
        _engine.Random?.manual_seed(seed);
    }

    public IEnumerable<BatchResult> Forward(DetectionBatch batch)
    {
        var images = batch.Images;
        var texts = new DrawnTexts([.. images.Select(image => image.Said!)], _padding);
        var mask = _engine.Constant(texts.Mask(), images.Count, texts.Length);
        var levels = FiberDetectorNetwork.Score(
            _engine, _config, Look(images), _engine.Constant(texts.Ids(), images.Count, texts.Length), mask);
        var losses = new GroundingLosses(_engine, _config).Of(levels, mask, texts.Truth());
        var total = losses.Values.Aggregate(Scalars.Add);

        // The boxes' loss is 2 (1 - overlap), a mean.
        var score = _engine.Training
            ? _engine.Affine(losses["loss_reg"].detach(), -0.5f * images.Count, images.Count)
            : torch.tensor(images.Select((image, number) => Score(levels, number, image, texts.Length)).Sum());
        yield return new(total, score, images.Count);
    }

    public void Dispose() => _engine.Random?.Dispose();

    private Tensor Look(IReadOnlyList<DrawnImage> images)
    {
        using var gradients = no_grad();
        int Padded(int side) => (side + FiberDetectorConfig.Multiple - 1) / FiberDetectorConfig.Multiple * FiberDetectorConfig.Multiple;
        int height = Padded(images.Max(image => image.Size.Height)), width = Padded(images.Max(image => image.Size.Width));
        return torch.cat([.. images.Select(image =>
        {
            var seen = image.Look(_engine, _config.PixelMean, _config.PixelDeviation);
            return _engine.Pad(seen, 0, 0, width - image.Size.Width, 0, height - image.Size.Height);
        })]);
    }

    /// <summary>The share of what is said of an image whose best box is right; 1 where nothing is said of any box.</summary>
    private double Score(IReadOnlyList<LevelScores<Tensor>> levels, int number, DrawnImage image, int length)
    {
        var said = image.Said!;
        var phrases = said.Tokens.Index().GroupBy(pair => string.Join(' ', pair.Item)).Select(same => same.ToArray()).ToArray();
        if (phrases.Length == 0) return 1;
        float[] map = TokenSpans.Map([.. phrases.Select(same => same[0].Item)], length);
        var found = new FiberDetections(_config).Choose(
            _engine, levels, number, _engine.Constant(map, phrases.Length, length),
            _engine.Constant([image.Size.Height, (float)image.Size.Width], 2));
        var (labels, boxes) = (found.Labels.cpu().data<long>().ToArray(), DetectionObjective.Numbers(found.Boxes));
        return phrases.Index().Count(phrase => IsRight(phrase.Item, Array.IndexOf(labels, phrase.Index))) / (double)phrases.Length;

        bool IsRight((int Index, int[] Item)[] objects, int best) => best >= 0 && objects.Any(
            one => BoxOverlap.Of(said.Boxes.AsSpan(4 * one.Index, 4), boxes.AsSpan(4 * best, 4)) >= Overlap);
    }
}
