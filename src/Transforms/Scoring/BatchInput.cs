using System.Buffers;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>How the values of a column become one batched input of a graph.</summary>
internal abstract class BatchInput(string graphName, string column)
{
    /// <summary>The graph's input.</summary>
    public string GraphName { get; } = graphName;

    /// <summary>The column read.</summary>
    public string Column { get; } = column;

    /// <summary>One value an item, rows of any length: [B, longest].</summary>
    public static BatchInput<T> Sequence<T>(string graphName, string column, T padding = default)
        where T : unmanaged => new(graphName, column, width: 1, padding, count => [count]);

    /// <summary>So many values an item, rows of any number of items: [B, most items, width].</summary>
    public static BatchInput<T> Items<T>(string graphName, string column, int width, T padding = default)
        where T : unmanaged => new(graphName, column, width, padding, count => [count / width, width]);

    /// <summary>The same number of values in every row: [B, width].</summary>
    public static BatchInput<T> Fixed<T>(string graphName, string column, int width)
        where T : unmanaged => new(graphName, column, width, default, count => [count]);

    public abstract ColumnRequirement Requirement(string component);

    /// <summary>Fills a tensor from some slots, each padded to the longest; disposing the result takes the tensor's memory back.</summary>
    public abstract IDisposable Assemble(BufferedColumn column, ReadOnlySpan<int> slots, out OnnxTensor tensor);
}

/// <inheritdoc/>
internal sealed class BatchInput<T>(string graphName, string column, int width, T padding, Func<int, long[]> rowDims) : BatchInput(graphName, column)
    where T : unmanaged
{
    public override ColumnRequirement Requirement(string component) => ColumnRequirement.Vector<T>(component, Column);

    public override IDisposable Assemble(BufferedColumn column, ReadOnlySpan<int> slots, out OnnxTensor tensor)
    {
        var rows = (BufferedVectors<T>)column;
        var longest = width;
        foreach (var slot in slots)
            longest = Math.Max(longest, rows[slot].Length);
        var memory = new Rented(checked(slots.Length * longest));
        for (var i = 0; i < slots.Length; i++)
        {
            var target = memory.Values.AsSpan(i * longest, longest);
            ref readonly var row = ref rows[slots[i]];
            row.CopyTo(target);
            target[row.Length..].Fill(padding);
        }

        long[] dims = [slots.Length, .. rowDims(longest)];
        tensor = (Array)memory.Values switch
        {
            float[] singles => OnnxTensor.Of(singles, dims),
            long[] integers => OnnxTensor.Of(integers, dims),
            _ => throw new NotSupportedException($"No graph input of {typeof(T)} is known."),
        };
        return memory;
    }

    private sealed class Rented(int length) : IDisposable
    {
        public T[] Values { get; } = ArrayPool<T>.Shared.Rent(length);

        public void Dispose() => ArrayPool<T>.Shared.Return(Values);
    }
}
