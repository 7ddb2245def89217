using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// Finds rows that a question answering model cannot take before ONNX Runtime sees them: there a word number out of range or a region too
/// few is an error without a column, and NaN or a box beyond the image none at all.
/// </summary>
internal sealed class AnswerRowCheck(AnswerModelSettings settings)
{
    /// <summary>Boxes may pass the image's border by so many pixels: detectors round, and some count pixels from 0 to width.</summary>
    private const float Tolerance = 1;

    /// <summary>Tells what is wrong with a row, naming the column, what is expected and what was found; null when nothing is.</summary>
    public string? Find(
        in VBuffer<long> ids,
        in VBuffer<long> mask,
        in VBuffer<long> types,
        in VBuffer<float> features,
        in VBuffer<float> boxes,
        in VBuffer<float> size) =>
        FindInTokens(Dense(ids), Dense(mask), Dense(types)) ?? FindInRegions(Dense(features), Dense(boxes), Dense(size));

    private string? FindInTokens(ReadOnlySpan<long> ids, ReadOnlySpan<long> mask, ReadOnlySpan<long> types)
    {
        var model = settings.Model;
        if (ids.Length == 0)
            return $"column '{settings.InputIdsColumnName}' is empty; at least one token is expected.";
        if (ids.Length > model.MaxTokens)
            return $"column '{settings.InputIdsColumnName}' has {ids.Length} tokens; the model takes at most {model.MaxTokens}.";
        if (mask.Length != ids.Length)
            return DifferentLength(settings.AttentionMaskColumnName, mask.Length, ids.Length);
        if (types.Length != ids.Length)
            return DifferentLength(settings.TokenTypeIdsColumnName, types.Length, ids.Length);
        return OutOfRange(settings.InputIdsColumnName, ids, model.VocabularySize)
            ?? OutOfRange(settings.AttentionMaskColumnName, mask, 2)
            ?? OutOfRange(settings.TokenTypeIdsColumnName, types, model.TokenTypes);
    }

    private string? FindInRegions(ReadOnlySpan<float> features, ReadOnlySpan<float> boxes, ReadOnlySpan<float> size)
    {
        var width = settings.Model.RegionFeatureSize;
        if (size.Length != 2)
            return $"column '{settings.ImageSizeColumnName}' has {size.Length} values; width and height are expected.";
        if (!(size[0] > 0 && size[1] > 0 && float.IsFinite(size[0]) && float.IsFinite(size[1])))
            return $"column '{settings.ImageSizeColumnName}' is {size[0]} x {size[1]}; width and height in pixels, above 0, are expected.";
        if (boxes.Length == 0)
            return $"column '{settings.RegionBoxesColumnName}' is empty; at least one region is expected.";
        if (boxes.Length % 4 != 0)
            return $"column '{settings.RegionBoxesColumnName}' has {boxes.Length} values; 4 a region are expected.";
        var regions = boxes.Length / 4;
        if (features.Length % width != 0)
        {
            return $"column '{settings.RegionFeaturesColumnName}' has {features.Length} values; " +
                $"a multiple of the model's feature size {width} is expected.";
        }

        if (features.Length / width != regions)
        {
            return $"column '{settings.RegionFeaturesColumnName}' has {features.Length / width} regions (of {width} values) " +
                $"but column '{settings.RegionBoxesColumnName}' has {regions}.";
        }

        return FindInBoxes(boxes, size[0], size[1]) ?? NotFinite(features, width);
    }

    private string? FindInBoxes(ReadOnlySpan<float> boxes, float width, float height)
    {
        for (var i = 0; i < boxes.Length; i += 4)
        {
            var box = boxes.Slice(i, 4);
            if (box[0] >= -Tolerance && box[1] >= -Tolerance && box[2] <= width + Tolerance && box[3] <= height + Tolerance
                && box[0] <= box[2] && box[1] <= box[3])
            {
                continue;
            }

            return $"column '{settings.RegionBoxesColumnName}': region {i / 4} is ({box[0]}, {box[1]}, {box[2]}, {box[3]}); " +
                $"x1 <= x2 and y1 <= y2 in pixels inside the image of {width} x {height} are expected.";
        }

        return null;
    }

    private string? NotFinite(ReadOnlySpan<float> features, int width)
    {
        // Zero times a finite number is zero, and a sum of zeros stays one; anything else turns into NaN.
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(features);
        var sum = Vector<float>.Zero;
        foreach (var vector in vectors)
            sum += vector * 0;
        var rest = features[(vectors.Length * Vector<float>.Count)..];
        if (Vector.Sum(sum) == 0 && IndexOfNotFinite(rest) < 0)
            return null;
        var index = IndexOfNotFinite(features);
        return $"column '{settings.RegionFeaturesColumnName}': value {index % width} of region {index / width} is {features[index]}; " +
            "a finite number is expected.";
    }

    private static int IndexOfNotFinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return i;
        }

        return -1;
    }

    private string DifferentLength(string column, int found, int expected) =>
        $"column '{column}' has {found} values; {expected} are expected, as many as column '{settings.InputIdsColumnName}' has.";

    private static string? OutOfRange(string column, ReadOnlySpan<long> values, int limit)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] < 0 || values[i] >= limit)
                return $"column '{column}': value {i} is {values[i]}; numbers from 0 to {limit - 1} are expected.";
        }

        return null;
    }

    /// <summary>The values of a vector with its zeros.</summary>
    internal static ReadOnlySpan<T> Dense<T>(in VBuffer<T> values)
    {
        if (values.IsDense)
            return values.GetValues();
        var dense = new T[values.Length];
        values.CopyTo(dense);
        return dense;
    }
}
