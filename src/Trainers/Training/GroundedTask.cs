using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>FIBER's detector as the training loop sees it. A batch's score is how well the boxes of its objects overlap with them.</summary>
internal sealed class GroundedTask : ITrainingTask<GroundedBatch>, IDisposable
{
    private readonly TorchEngine _engine;
    private readonly FiberDetectorConfig _config;
    private readonly ParameterAverage? _average;

    /// <param name="parameters">The detector's.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="average">What averages parameters; null for nothing.</param>
    /// <param name="recomputes">Whether what lies between is computed again in the backward pass, which takes less memory.</param>
    public GroundedTask(ModelParameters parameters, FiberDetectorConfig config, ParameterAverage? average, bool recomputes)
    {
        (Parameters, _config, _average) = (parameters, config, average);
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

    public IEnumerable<BatchResult> Forward(GroundedBatch batch)
    {
        // Before each batch the parameters are those of the last update.
        if (_engine.Training) _average?.Follow();
        var mask = _engine.Constant(batch.Mask(), batch.Rows.Count, batch.Length);
        var levels = FiberDetectorNetwork.Score(
            _engine, _config, Images(batch.Rows), _engine.Constant(batch.Ids(), batch.Rows.Count, batch.Length), mask);
        var losses = new GroundingLosses(_engine, _config).Of(levels, mask, batch.Truth());
        var total = losses.Values.Aggregate((a, b) => Scalars.Add(a, b));

        // The boxes' loss is 2 (1 - overlap), a mean.
        var score = _engine.Affine(losses["loss_reg"].detach(), -0.5f * batch.Rows.Count, batch.Rows.Count);
        yield return new(total, score, batch.Rows.Count);
    }

    public void Dispose() => _engine.Random?.Dispose();

    private Tensor Images(IReadOnlyList<DrawnRow> rows)
    {
        using var gradients = no_grad();
        int Padded(int side) => (side + FiberDetectorConfig.Multiple - 1) / FiberDetectorConfig.Multiple * FiberDetectorConfig.Multiple;
        int height = Padded(rows.Max(row => row.Size.Height)), width = Padded(rows.Max(row => row.Size.Width));
        return torch.cat([.. rows.Select(row =>
        {
            float[] pixels = [.. row.Row.Pixels.Select(value => (float)value)];
            var image = Resampling.Normalized(
                _engine, _engine.Constant(pixels, row.Row.Height, row.Row.Width, 3),
                _engine.Constant([row.Size.Height, (long)row.Size.Width], 2), _config.PixelMean, _config.PixelDeviation);
            if (row.IsFlipped) image = image.flip(3);
            return _engine.Pad(image, 0, 0, width - row.Size.Width, 0, height - row.Size.Height);
        })]);
    }
}
