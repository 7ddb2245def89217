using System.Runtime.InteropServices;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// Tables of relative positions for windows of another size (coarse_grained/fiber/modules/swin_helpers.py): each head's square of numbers is
/// resampled by cubics between the sixteen around a place, as PyTorch does (bicubic, align_corners false, no antialiasing).
/// </summary>
internal static class SwinTables
{
    /// <summary>What the names of such tables end with.</summary>
    public const string Name = ".relative_position_bias_table";

    /// <summary>The slope that PyTorch's cubics have.</summary>
    private const double A = -0.75;

    /// <summary>A checkpoint's table in the shape that a model has; null where it is no such table.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="found">The tensor of the checkpoint, [offsets, heads].</param>
    /// <param name="expected">The model's shape.</param>
    public static CheckpointTensor? Resized(string name, CheckpointTensor found, IReadOnlyList<long> expected)
    {
        if (!name.EndsWith(Name, StringComparison.Ordinal) || found.Shape is not [var rows, var heads] || expected is not [var wanted, var own]
            || heads != own || Side(rows) is not { } from || Side(wanted) is not { } to)
        {
            return null;
        }

        var values = Resample(found.ToSingles(), (int)heads, from, to);
        return new(found.Name, TensorElementType.Float32, [wanted, heads], new MemoryStorage(MemoryMarshal.AsBytes<float>(values).ToArray()), 0);
    }

    /// <summary>The table [to · to, heads] of a table [from · from, heads].</summary>
    public static float[] Resample(float[] table, int heads, int from, int to)
    {
        var (places, weights) = Cubics(from, to);
        var result = new float[to * to * heads];
        for (var y = 0; y < to; y++)
        {
            for (var x = 0; x < to; x++)
            {
                for (var head = 0; head < heads; head++)
                {
                    var sum = 0.0;
                    for (var i = 0; i < 4; i++)
                    {
                        var row = 0.0;
                        for (var j = 0; j < 4; j++)
                            row += weights[x][j] * table[(((places[y][i] * from) + places[x][j]) * heads) + head];
                        sum += weights[y][i] * row;
                    }

                    result[(((y * to) + x) * heads) + head] = (float)sum;
                }
            }
        }

        return result;
    }

    /// <summary>For each new place the four old ones that it is made of, held at the borders, and their shares.</summary>
    private static (int[][] Places, double[][] Weights) Cubics(int from, int to)
    {
        var (places, weights) = (new int[to][], new double[to][]);
        for (var place = 0; place < to; place++)
        {
            var old = ((place + 0.5) * from / to) - 0.5;
            var first = (int)Math.Floor(old);
            var past = old - first;
            places[place] = [.. Enumerable.Range(first - 1, 4).Select(near => Math.Clamp(near, 0, from - 1))];
            weights[place] = [Far(past + 1), Near(past), Near(1 - past), Far(2 - past)];
        }

        return (places, weights);

        static double Near(double x) => ((((A + 2) * x) - (A + 3)) * x * x) + 1;
        static double Far(double x) => ((((A * x) - (5 * A)) * x) + (8 * A)) * x - (4 * A);
    }

    /// <summary>The side of the square that so many rows make; null where they make none.</summary>
    private static int? Side(long rows)
    {
        var side = (int)Math.Round(Math.Sqrt(rows));
        return side > 0 && (long)side * side == rows ? side : null;
    }
}
