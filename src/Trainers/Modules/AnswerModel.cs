using MLNet.VisionLanguage.Architectures;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Encoding;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Modules;

/// <summary>ViLBERT with one answer classifier, from padded batches of the pipeline's columns to logits.</summary>
internal sealed class AnswerModel : IDisposable
{
    private readonly (string Name, int Task) _head;
    private readonly TorchEngine _engine;
    private readonly ViLbertModel<Tensor> _trunk;
    private readonly ViLbertHeads<Tensor> _heads;

    /// <param name="config">Sizes and options.</param>
    /// <param name="head">The classifier and the number of its task.</param>
    /// <param name="answers">Number of answers.</param>
    /// <param name="device">Where it lives.</param>
    public AnswerModel(ViLbertConfig config, (string Name, int Task) head, int answers, Device device)
    {
        _head = head;
        Config = config;
        Parameters = new ModelParameters(Expected(config, head.Name, answers), device);
        foreach (var spec in Parameters.Specs)
            if (ViLbertPlan.IsFixed(config, spec.Name)) Parameters[spec.Name].requires_grad = false;
        _engine = new TorchEngine(Parameters);
        _trunk = new ViLbertModel<Tensor>(_engine, config);
        _heads = new ViLbertHeads<Tensor>(_engine, config);
    }

    public ViLbertConfig Config { get; }

    public ModelParameters Parameters { get; }

    /// <summary>Whether dropout is on.</summary>
    public bool Training { set => _engine.Training = value; }

    /// <summary>The parameters of the trunk and of the classifier.</summary>
    public static IEnumerable<ParameterSpec> Expected(ViLbertConfig config, string head, int answers) =>
        ViLbertPlan.Trunk(config).Concat(ViLbertPlan.Classifier(head, config.CoAttentionSize, 2 * config.CoAttentionSize, answers));

    /// <summary>Logits [rows, answers] of a batch.</summary>
    public Tensor Forward(AnswerBatch batch)
    {
        var device = Parameters.Device;
        var regions = ViLbertRegions<Tensor>.Build(
            _engine,
            batch.Floats(batch.RegionFeatures, device, batch.Rows, batch.Regions, batch.FeatureSize),
            batch.Floats(batch.RegionBoxes, device, batch.Rows, batch.Regions, 4),
            batch.Floats(batch.ImageSize, device, batch.Rows, 2));
        return Forward(new ViLbertInputs<Tensor>(
            batch.Ids(batch.InputIds, device),
            batch.Ids(batch.TokenTypeIds, device),
            batch.Ids(batch.AttentionMask, device),
            regions.Features,
            regions.Locations,
            regions.Mask,
            Config.TaskTokens ? torch.full([batch.Rows, 1], _head.Task, dtype: ScalarType.Int64, device: device) : null));
    }

    /// <summary>Logits [rows, answers] of the reference's own inputs.</summary>
    public Tensor Forward(ViLbertInputs<Tensor> inputs) => _heads.Classify(_heads.Fuse(_trunk.Run(inputs)), _head.Name);

    public void Dispose() => Parameters.Dispose();
}
