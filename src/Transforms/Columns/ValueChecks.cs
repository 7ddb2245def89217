using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>
/// Finds values that a model cannot take before ONNX Runtime or libtorch see them: there a word number out of range is an error without
/// a column, and NaN or a box beyond the image none at all.
/// </summary>
internal static class ValueChecks
{
    /// <summary>Boxes may pass the image's border by so many pixels: detectors round, and some count pixels from 0 to width.</summary>
    private const float Tolerance = 1;

    /// <summary>Numbers from 0 up to a limit.</summary>
    public static ValueCheck<long> Below(Func<ColumnLimits, int> limitOf) => (group, values, _) =>
    {
        var limit = limitOf(group.Limits);
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] < 0 || values[i] >= limit) return $": value {i} is {values[i]}; numbers from 0 to {limit - 1} are expected.";
        }

        return null;
    };

    /// <summary>Region features.</summary>
    public static string? Finite(InputGroup<float> group, ReadOnlySpan<float> values, ReadOnlySpan<VBuffer<float>> all)
    {
        var index = FirstNotFinite(values);
        var width = group.Limits.RegionFeatureSize;
        return index < 0
            ? null
            : $": value {index % width} of {group.Group.Item} {index / width} is {values[index]}; a finite number is expected.";
    }

    /// <summary>Pixels.</summary>
    public static string? FinitePixels(InputGroup<float> group, ReadOnlySpan<float> values, ReadOnlySpan<VBuffer<float>> all) =>
        FirstNotFinite(values) is >= 0 and var index ? $": value {index} is {values[index]}; a finite number is expected." : null;

    private static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        // Zero times a finite number is zero, and a sum of zeros stays one; anything else turns into NaN.
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var sum = Vector<float>.Zero;
        foreach (var vector in vectors) sum += vector * 0;
        var rest = values[(vectors.Length * Vector<float>.Count)..];
        return Vector.Sum(sum) == 0 && IndexOfNotFinite(rest) < 0 ? -1 : IndexOfNotFinite(values);
    }

    /// <summary>Width and height.</summary>
    public static string? Size(InputGroup<float> group, ReadOnlySpan<float> values, ReadOnlySpan<VBuffer<float>> all) =>
        values is [> 0 and < float.PositiveInfinity, > 0 and < float.PositiveInfinity]
            ? null
            : $" is {values[0]} x {values[1]}; width and height in pixels, above 0, are expected.";

    /// <summary>Boxes inside the image whose size is another column of the group, checked before.</summary>
    public static ValueCheck<float> BoxesIn(int sizeColumn) => (_, values, all) =>
    {
        var size = Dense(all[sizeColumn]);
        float width = size[0], height = size[1];
        for (var i = 0; i < values.Length; i += 4)
        {
            var box = values.Slice(i, 4);
            if (box[0] >= -Tolerance && box[1] >= -Tolerance && box[2] <= width + Tolerance && box[3] <= height + Tolerance
                && box[0] <= box[2] && box[1] <= box[3])
            {
                continue;
            }

            return $": region {i / 4} is ({box[0]}, {box[1]}, {box[2]}, {box[3]}); " +
                $"x1 <= x2 and y1 <= y2 in pixels inside the image of {width} x {height} are expected.";
        }

        return null;
    };

    /// <summary>The values of a vector with its zeros.</summary>
    public static ReadOnlySpan<T> Dense<T>(in VBuffer<T> values)
    {
        if (values.IsDense) return values.GetValues();
        var dense = new T[values.Length];
        values.CopyTo(dense);
        return dense;
    }

    private static int IndexOfNotFinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i])) return i;
        }

        return -1;
    }
}
