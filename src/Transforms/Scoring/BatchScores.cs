using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// What a graph gave for a batch. A row that could not be scored keeps the reason and tells it only to whoever asks for that row.
/// </summary>
/// <param name="outputs">The graph's outputs; the scored rows lie one behind the other.</param>
/// <param name="scoredRows">For each row of the window its number among the scored ones, or -1.</param>
/// <param name="problems">For each row of the window why it was not scored, or null.</param>
/// <param name="items">For each scored row its number of items in each input group.</param>
internal sealed class BatchScores(IReadOnlyDictionary<string, OnnxTensor> outputs, int[] scoredRows, string?[] problems, int[][] items)
{
    /// <summary>One row of an output of floats, padding of rows of several lengths included.</summary>
    /// <exception cref="InvalidOperationException">The row holds values that the model cannot take.</exception>
    public ReadOnlySpan<float> Singles(string output, int row)
    {
        if (problems[row] is { } problem) throw new InvalidOperationException(problem);
        var tensor = outputs[output];
        var length = tensor.Count / items.Length;
        return tensor.Singles.AsSpan(scoredRows[row] * length, length);
    }

    /// <summary>The number of items of a row that <see cref="Singles"/> gives.</summary>
    public int Items(int group, int row) => items[scoredRows[row]][group];

    /// <summary>The number of items to which all rows were filled up.</summary>
    public int MostItems(int group) => items.Max(row => row[group]);
}
