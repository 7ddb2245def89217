using System.Buffers;

namespace MLNet.VisionLanguage.Data;

/// <summary>
/// One training row: where its texts and the numbers of its region blocks lie in the file of <see cref="TrainingRows{TLabel}"/>, so that the
/// label is all of it that takes memory.
/// </summary>
/// <param name="Place">The row's place in that file.</param>
/// <param name="Label">What the row is to teach.</param>
internal readonly record struct TrainingRow<TLabel>(long Place, TLabel Label)
{
    /// <summary>The place of the row whose texts it has; another's where texts are exchanged on purpose.</summary>
    public long TextPlace { get; init; } = Place;
}

/// <summary>What lies at a row's place: lists of numbers, each after its length. The memory comes from a pool and goes back on disposal.</summary>
/// <param name="texts">The numbers at the place of the texts.</param>
/// <param name="own">The numbers at the row's own place; the same where it has its own texts.</param>
/// <param name="columns">How many columns the row's texts have together.</param>
internal sealed class RowContent(long[] texts, long[] own, int columns) : IDisposable
{
    /// <summary>The numbers of the region blocks of the row's images.</summary>
    public ReadOnlySpan<long> Blocks => List(own, columns);

    /// <summary>A column of the row's texts, by its number among those of all texts.</summary>
    public ReadOnlySpan<long> Text(int column) => List(texts, column);

    public void Dispose()
    {
        ArrayPool<long>.Shared.Return(own);
        if (!ReferenceEquals(texts, own)) ArrayPool<long>.Shared.Return(texts);
    }

    private static ReadOnlySpan<long> List(ReadOnlySpan<long> values, int number)
    {
        for (; number > 0; number--) values = values[(1 + (int)values[0])..];
        return values.Slice(1, (int)values[0]);
    }
}
