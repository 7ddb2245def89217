using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>What a graph gave for the rows of a batch.</summary>
/// <param name="Outputs">The graph's outputs; the rows lie one behind the other.</param>
/// <param name="Items">For each row its number of items in each input group.</param>
internal sealed record ScoredBatch(IReadOnlyDictionary<string, OnnxTensor> Outputs, int[][] Items);

/// <summary>
/// What a graph gave for the rows of a window, in one batch or in several. A row that could not be scored keeps the reason and tells it only
/// to whoever asks for that row.
/// </summary>
/// <param name="places">For each row of the window its batch and its number there; of no meaning where it was not scored.</param>
/// <param name="problems">For each row of the window why it was not scored, or null.</param>
internal sealed class BatchScores((ScoredBatch Batch, int Row)[] places, string?[] problems)
{
    /// <summary>One row of an output of floats, padding of rows of several lengths included.</summary>
    /// <exception cref="InvalidOperationException">The row holds values that the model cannot take.</exception>
    public ReadOnlySpan<float> Singles(string output, int row)
    {
        if (problems[row] is { } problem) throw new InvalidOperationException(problem);
        var (batch, place) = places[row];
        var tensor = batch.Outputs[output];
        var length = tensor.Count / batch.Items.Length;
        return tensor.Singles.AsSpan(place * length, length);
    }

    /// <summary>The number of items of a row that <see cref="Singles"/> gives.</summary>
    public int Items(int group, int row) => places[row].Batch.Items[places[row].Row][group];

    /// <summary>The number of items to which all rows of the row's batch were filled up.</summary>
    public int MostItems(int group, int row) => places[row].Batch.Items.Max(items => items[group]);
}
