using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Data;

/// <summary>Rows padded to their longest, with their targets; plain memory, so that a worker thread can prepare them.</summary>
/// <param name="inputs">The columns.</param>
/// <param name="columns">Their values.</param>
/// <param name="targets">What the task trains towards.</param>
internal sealed class TrainingBatch(InputColumns inputs, ColumnBatch columns, params PaddedColumn[] targets) : IDisposable
{
    public int Rows => columns.Rows;

    /// <summary>How many batches of the run came before it; negative for a validation batch.</summary>
    public long Number { get; init; }

    /// <summary>The second part of a batch that is computed in two.</summary>
    public TrainingBatch? Rest { get; init; }

    /// <summary>What the task trains towards, as the task laid it out.</summary>
    public IReadOnlyList<PaddedColumn> Targets => targets;

    /// <summary>An input column; of the text or image with a number when a row has several.</summary>
    public PaddedColumn this[Column column, int number = 0] => columns[inputs.Place(column, number)];

    /// <summary>An input column as a model on libtorch reads it.</summary>
    public Tensor Value(Column column, int number, Device device) => ToTensor(this[column, number], device);

    /// <summary>The inputs of the only text and the only image.</summary>
    public ModelInputs<Tensor> Inputs(Device device) => ModelInputs<Tensor>.Of(
        column => Value(column, 0, device), inputs.Groups.Select(group => group.Kind).First(StandardColumns.AreOfImage));

    /// <summary>
    /// Copies straight into a tensor's memory: the factories of TorchSharp that take an array make a copy of it for the collector to free.
    /// </summary>
    public static Tensor ToTensor(PaddedColumn column, Device device)
    {
        var tensor = torch.empty(column.Shape, dtype: column.ItemType == typeof(long) ? ScalarType.Int64 : ScalarType.Float32);
        column.Bytes.CopyTo(tensor.bytes);
        return device.type == DeviceType.CPU ? tensor : tensor.to(device);
    }

    public void Dispose()
    {
        Rest?.Dispose();
        columns.Dispose();
        foreach (var target in targets) target.Dispose();
    }
}
