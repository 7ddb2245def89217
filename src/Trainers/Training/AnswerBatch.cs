using MLNet.VisionLanguage.Columns;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// Rows padded to their longest text and their most regions, with their targets; plain memory, so that a worker thread can prepare them.
/// </summary>
internal sealed class AnswerBatch : IDisposable
{
    private readonly InputColumns _inputs;
    private readonly ColumnBatch _columns;

    private AnswerBatch(InputColumns inputs, ColumnBatch columns, int answers)
    {
        (_inputs, _columns) = (inputs, columns);
        Targets = new PaddedColumn<float>(0, columns.Rows, answers);
    }

    public int Rows => _columns.Rows;

    /// <summary>[Rows, answers], soft scores.</summary>
    public PaddedColumn<float> Targets { get; }

    /// <summary>An input column.</summary>
    public PaddedColumn this[Column column] => _columns[_inputs.Place(column)];

    /// <summary>Collates rows of a data set.</summary>
    /// <param name="inputs">The columns: a text, an image.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="store">Their regions.</param>
    /// <param name="answerIndex">From a row's answer to its place in the model's answers, or -1.</param>
    /// <param name="answers">Number of the model's answers.</param>
    public static AnswerBatch Collate(
        InputColumns inputs, IReadOnlyList<AnswerRow> rows, RegionStore store, ReadOnlySpan<int> answerIndex, int answers)
    {
        var columns = new ColumnBatch(inputs, rows.Count, [rows.Max(row => row.Text[0].Length), rows.Max(row => store.Regions(row.Block))]);
        var batch = new AnswerBatch(inputs, columns, answers);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            var texts = row.Text.Length;
            for (var k = 0; k < texts; k++) row.Text[k].CopyTo(columns.Row<long>(k, i));
            store.Read(row.Block, columns.Row<float>(texts, i), columns.Row<float>(texts + 1, i), columns.Row<float>(texts + 2, i));
            var targets = batch.Targets.Row(i);
            for (var k = 0; k < row.Answers.Length; k++)
            {
                var answer = answerIndex[row.Answers[k]];
                if (answer >= 0) targets[answer] = row.Scores[k];
            }
        }

        return batch;
    }

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
        _columns.Dispose();
        Targets.Dispose();
    }
}
