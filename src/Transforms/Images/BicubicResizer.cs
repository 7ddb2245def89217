using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Resizes as Pillow does with its bicubic filter (libImaging/Resample.c): the filter (coefficient -0.5) grows with what is shrunk, so that
/// every source pixel counts; columns first, then rows, each pass rounded to bytes, with weights in fixed point of 22 bits.
/// </summary>
internal static class BicubicResizer
{
    /// <summary>How far the filter reaches in units of its own scale.</summary>
    private const double Support = 2;
    private const double Coefficient = -0.5;

    /// <summary>32 bits less 8 of a byte less 2 for sums above it.</summary>
    private const int PrecisionBits = 32 - 8 - 2;

    private const int BytesPerPixel = 4;

    /// <summary>A part of a picture, or all of it, in another size.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="part">What of it; nothing around it counts.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="height">Rows of the result.</param>
    public static PixelBuffer Resize(PixelBuffer source, ImagePart part, int width, int height)
    {
        var rows = new PixelBuffer(width, part.Height);
        try
        {
            ResizeRows(source, part, rows);
            if (height == part.Height) return rows;
            var result = new PixelBuffer(width, height);
            ResizeColumns(rows, result);
            rows.Dispose();
            return result;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    private static void ResizeRows(PixelBuffer source, ImagePart part, PixelBuffer target)
    {
        var weights = part.Width == target.Width ? null : Weights.Create(part.Width, target.Width);
        for (var y = 0; y < target.Height; y++)
        {
            var from = source.Row(part.Y + y).Slice(part.X * BytesPerPixel, part.Width * BytesPerPixel);
            var to = MemoryMarshal.Cast<byte, uint>(target.Row(y));
            if (weights is null)
            {
                from.CopyTo(target.Row(y));
                continue;
            }

            var pixels = MemoryMarshal.Cast<byte, uint>(from);
            for (var x = 0; x < to.Length; x++)
            {
                var sum = Vector128.Create(1 << (PrecisionBits - 1));
                var own = weights.Of(x, out var first);
                for (var i = 0; i < own.Length; i++) sum += Wide(pixels[first + i]) * own[i];
                to[x] = Narrow(sum);
            }
        }
    }

    private static void ResizeColumns(PixelBuffer source, PixelBuffer target)
    {
        var weights = Weights.Create(source.Height, target.Height);
        var sums = new Vector128<int>[target.Width];
        for (var y = 0; y < target.Height; y++)
        {
            Array.Fill(sums, Vector128.Create(1 << (PrecisionBits - 1)));
            var own = weights.Of(y, out var first);
            for (var i = 0; i < own.Length; i++)
            {
                var from = MemoryMarshal.Cast<byte, uint>(source.Row(first + i));
                for (var x = 0; x < from.Length; x++) sums[x] += Wide(from[x]) * own[i];
            }

            var to = MemoryMarshal.Cast<byte, uint>(target.Row(y));
            for (var x = 0; x < to.Length; x++) to[x] = Narrow(sums[x]);
        }
    }

    /// <summary>A pixel's four bytes as numbers.</summary>
    private static Vector128<int> Wide(uint pixel) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(pixel).AsByte())).AsInt32();

    /// <summary>Sums back to bytes: what is below or above them is cut.</summary>
    private static uint Narrow(Vector128<int> sum)
    {
        var bytes = Vector128.Min(Vector128.Max(sum >> PrecisionBits, Vector128<int>.Zero), Vector128.Create((int)byte.MaxValue)).AsUInt32();
        return Vector128.Narrow(Vector128.Narrow(bytes, bytes), Vector128<ushort>.Zero).AsUInt32().ToScalar();
    }

    /// <summary>Which source pixels make a target pixel, and how much of each.</summary>
    private sealed class Weights(int[] first, int[] count, int[] values, int stride)
    {
        public ReadOnlySpan<int> Of(int place, out int start)
        {
            start = first[place];
            return values.AsSpan(place * stride, count[place]);
        }

        public static Weights Create(int from, int to)
        {
            var scale = (double)from / to;
            var filterScale = Math.Max(scale, 1);
            var reach = Support * filterScale;
            var stride = ((int)Math.Ceiling(reach) * 2) + 1;
            var (first, count, values) = (new int[to], new int[to], new int[to * stride]);
            var exact = new double[stride];
            for (var place = 0; place < to; place++)
            {
                var centre = (place + 0.5) * scale;
                first[place] = Math.Max(0, (int)(centre - reach + 0.5));
                count[place] = Math.Min(from, (int)(centre + reach + 0.5)) - first[place];
                var sum = 0.0;
                for (var i = 0; i < count[place]; i++)
                {
                    exact[i] = Filter((i + first[place] - centre + 0.5) / filterScale);
                    sum += exact[i];
                }

                for (var i = 0; i < count[place]; i++)
                {
                    var share = (sum == 0 ? exact[i] : exact[i] / sum) * (1 << PrecisionBits);
                    values[(place * stride) + i] = (int)(share < 0 ? share - 0.5 : share + 0.5);
                }
            }

            return new(first, count, values, stride);
        }

        private static double Filter(double x)
        {
            x = Math.Abs(x);
            if (x < 1) return ((((Coefficient + 2) * x) - (Coefficient + 3)) * x * x) + 1;
            return x < 2 ? ((((x - 5) * x) + 8) * x - 4) * Coefficient : 0;
        }
    }
}

/// <summary>A rectangle of a picture in pixels.</summary>
/// <param name="X">Its first column.</param>
/// <param name="Y">Its first row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
internal readonly record struct ImagePart(int X, int Y, int Width, int Height)
{
    /// <summary>All of a picture.</summary>
    public static ImagePart All(PixelBuffer image) => new(0, 0, image.Width, image.Height);
}
