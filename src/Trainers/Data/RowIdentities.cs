using System.IO.Hashing;
using System.Runtime.InteropServices;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Data;

/// <summary>What tells the images and texts of a batch's rows apart, and where the rows lie.</summary>
/// <typeparam name="TLabel">What is read of a row besides the inputs.</typeparam>
internal static class RowIdentities<TLabel>
{
    /// <summary>Numbers of the images and of the texts of rows, equal where these are, and the places of both, Int64 [B, 1] each.</summary>
    public static PaddedColumn<long>[] Of(TrainingRows<TLabel> data, IReadOnlyList<TrainingRow<TLabel>> rows)
    {
        PaddedColumn<long>[] columns = [.. Enumerable.Range(0, 4).Select(_ => new PaddedColumn<long>(0, rows.Count, 1))];
        foreach (var (i, row) in rows.Index())
        {
            using var content = data.Content(row);
            columns[0].Row(i)[0] = content.Blocks[0];
            columns[1].Row(i)[0] = unchecked((long)XxHash64.HashToUInt64(MemoryMarshal.AsBytes(content.Text(0))));
            columns[2].Row(i)[0] = row.Place;
            columns[3].Row(i)[0] = row.TextPlace;
        }

        return columns;
    }
}
