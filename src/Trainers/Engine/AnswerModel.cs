using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Engine;

/// <summary>A model with one answer classifier on libtorch, from padded batches of the pipeline's columns to logits.</summary>
/// <param name="network">The model, the classifier and the number of answers.</param>
/// <param name="device">Where it lives.</param>
internal sealed class AnswerModel(AnswerNetwork network, Device device) : IDisposable
{
    private TorchEngine? _engine;

    public AnswerNetwork Network { get; } = network;

    public ModelParameters Parameters { get; } = new(network.Parameters(), device);

    /// <summary>Whether dropout is on.</summary>
    public bool Training { set => Engine.Training = value; }

    private TorchEngine Engine => _engine ??= new TorchEngine(Parameters);

    /// <summary>Logits [rows, answers] of a batch.</summary>
    public Tensor Forward(AnswerBatch batch) =>
        Network.Logits(Engine, ModelInputs<Tensor>.Of(column => AnswerBatch.ToTensor(batch[column], device)));

    public void Dispose() => Parameters.Dispose();
}
