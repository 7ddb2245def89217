using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>Some texts, or images, of a view and what the model makes of them.</summary>
/// <param name="Rows">Their numbers in the view.</param>
/// <param name="Values">The values, in the order of <paramref name="Rows"/>.</param>
internal sealed record PairBlock(int[] Rows, Dictionary<string, OnnxTensor> Values)
{
    /// <summary>Reads a view once and gives it block by block, rows of like length together.</summary>
    /// <param name="side">The part of the model.</param>
    /// <param name="view">The view.</param>
    /// <param name="what">What messages call the view.</param>
    /// <param name="rowId">The column by which they name rows, when the view has it.</param>
    /// <param name="size">The most rows of a block.</param>
    /// <param name="ahead">How many blocks are read ahead, to find rows of like length.</param>
    /// <param name="cuts">Counts texts that are too long.</param>
    /// <exception cref="InvalidOperationException">A row holds values that the model cannot take.</exception>
    public static IEnumerable<PairBlock> Read(PairSide side, IDataView view, string what, string? rowId, int size, int ahead, CutTexts cuts)
    {
        var inputs = side.Inputs;
        DataViewSchema.Column[] columns = [.. inputs.Columns.Select(column => view.Schema[column.Name])];
        var ids = RowName.Find(view.Schema, rowId);
        IEnumerable<DataViewSchema.Column> held = ids is { } id ? columns.Append(id).DistinctBy(column => column.Index) : columns;
        using var cursor = view.GetRowCursor(held);
        var window = new RowWindow(cursor, held, size * ahead);
        var row = new SlotRow(Array.ConvertAll(columns, column => window[column.Index]!));
        var done = 0;
        while (true)
        {
            var count = 0;
            var items = new List<int>();
            while (count < window.Capacity && cursor.MoveNext())
            {
                window.Read(count);
                row.Slot = count++;
                if (inputs.Find(row) is { } problem)
                    throw new InvalidOperationException($"{inputs.Component}: {what}: {RowName.Of(window, row.Slot, ids)}: {problem}");
                inputs.CountCut(row, cuts);
                items.Add(inputs.Items(row, 0));
            }

            foreach (var slots in Enumerable.Range(0, count).OrderBy(slot => items[slot]).Chunk(size))
            {
                using var batch = new ColumnBatch(inputs, slots.Length, [items[slots[^1]]]);
                for (var i = 0; i < slots.Length; i++)
                {
                    row.Slot = slots[i];
                    inputs.CopyTo(row, batch, i);
                }

                yield return new([.. slots.Select(slot => done + slot)], side.Run(batch));
            }

            done += count;
            if (count < window.Capacity) yield break;
        }
    }
}

/// <summary>Blocks that are put aside in a temporary file.</summary>
internal sealed class PairBlockFile : IDisposable
{
    private readonly SpillFile _file = new(TemporaryFiles.Folder, "texts");
    private readonly List<(int[] Rows, List<(string Name, OnnxType Type, long[] Dims, long Place)> Values)> _blocks = [];

    public void Add(PairBlock block)
    {
        var values = new List<(string, OnnxType, long[], long)>();
        foreach (var (name, value) in block.Values)
        {
            values.Add((name, value.Type, value.Dims, _file.End));
            switch (value.Type)
            {
                case OnnxType.Float: _file.Append<float>(value.Singles.AsSpan(0, value.Count)); break;
                case OnnxType.Int64: _file.Append<long>(value.Int64s.AsSpan(0, value.Count)); break;
                case OnnxType.Bool: _file.Append<bool>(value.Booleans.AsSpan(0, value.Count)); break;
                default: throw new NotSupportedException($"'{name}' is {value.Type}; expected Float, Int64 or Bool.");
            }
        }

        _blocks.Add((block.Rows, values));
        _file.Flush();
    }

    /// <summary>All blocks, one after the other.</summary>
    public IEnumerable<PairBlock> Read() => _blocks.Select(block => new PairBlock(block.Rows, block.Values.ToDictionary(
        value => value.Name,
        value => value.Type switch
        {
            OnnxType.Int64 => OnnxTensor.Of(Values<long>(value.Place, value.Dims), value.Dims),
            OnnxType.Bool => OnnxTensor.Of(Values<bool>(value.Place, value.Dims), value.Dims),
            _ => OnnxTensor.Of(Values<float>(value.Place, value.Dims), value.Dims),
        },
        StringComparer.Ordinal)));

    public void Dispose() => _file.Dispose();

    private T[] Values<T>(long place, long[] dims)
        where T : unmanaged
    {
        var values = new T[dims.Aggregate(1L, (product, size) => checked(product * size))];
        _file.Read<T>(place, values);
        return values;
    }
}
