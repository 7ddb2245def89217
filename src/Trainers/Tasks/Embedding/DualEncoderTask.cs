using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Embedding;

/// <summary>Learning to tell the texts and images of a batch, and of a queue, from each other by embeddings.</summary>
/// <param name="settings">The settings of its model.</param>
/// <param name="queueSize">Entries of the queue; 0 for none.</param>
/// <param name="queueStartsFull">Whether it begins full of random vectors.</param>
internal sealed class DualEncoderTask(DualEncoderSettings settings, int queueSize = 0, bool queueStartsFull = false)
    : ModelTask<bool, DualEncoderSettings>(settings, nameof(DualEncoderTrainer))
{
    private readonly ContrastMemory _memory = new(settings.Model.EmbeddingSize, queueSize, queueStartsFull);
    private TrainingRows<bool>? _data;

    public override TrainingLabels<bool> Labels { get; } = new NoLabels();

    public override void Settle(IReadOnlyList<TrainingRow<bool>> training, IChannel channel)
    {
    }

    public override IEnumerable<(string Name, object? Value)> Identity() => [];

    public override IReadOnlyDictionary<string, Tensor> Remember(Device device, int seed) => _memory.Begin(device, seed);

    public override IReadOnlyList<TrainingRow<bool>> Draw(
        TrainingRows<bool> data, IReadOnlyList<TrainingRow<bool>> rows, IReadOnlyList<TrainingRow<bool>> all, Random random)
    {
        _data = data;
        return rows;
    }

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<bool>> rows) => RowIdentities<bool>.Of(
        _data ?? throw new InvalidOperationException("Rows are drawn before they are laid out."), rows);

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<bool>> training) => null;

    public override IEnumerable<BatchResult> Forward(TorchEngine engine, TrainingBatch batch)
    {
        var states = Settings.Model.Encode(engine, batch.Inputs(engine.Device));
        Tensor[] numbers = [.. batch.Targets.Select(target => TrainingBatch.ToTensor(target, engine.Device))];
        var rows = new ComparedRows(numbers[0], numbers[1], numbers[2], numbers[3]);
        Tensor images = states.PooledImage!, texts = states.PooledText!;
        var similarities = _memory.Compare(images, texts, rows, Settings.Model.Temperature(engine), engine.Training);
        if (engine.Training) _memory.Add(images, texts, rows);
        yield return new(ContrastObjective.Loss(similarities), similarities.Right(), batch.Rows);
    }

    public override string ToString() => queueSize == 0 ? "each against its batch" : $"each against its batch and {queueSize} before";
}
