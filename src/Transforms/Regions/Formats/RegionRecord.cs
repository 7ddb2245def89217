using System.Globalization;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// What a file says of one image under names, as each of the extractors in use calls it: numbers, arrays, and arrays as base64.
/// </summary>
/// <param name="place">File and image, for messages.</param>
/// <param name="find">The value of a name: null for none.</param>
internal sealed class RegionRecord(string place, Func<string, object?> find)
{
    private static readonly string[] Features = ["features", "x", "feat", "image_features", "image_feature"];
    private static readonly string[] Boxes = ["boxes", "bbox", "image_bb", "bboxes"];
    private static readonly string[] Widths = ["image_w", "img_w", "image_width", "width"];
    private static readonly string[] Heights = ["image_h", "img_h", "image_height", "height"];
    private static readonly string[] ObjectIds = ["objects_id", "objects"];
    private static readonly string[] ObjectConfidences = ["objects_conf"];
    private static readonly string[] AttributeIds = ["attrs_id"];
    private static readonly string[] AttributeConfidences = ["attrs_conf", "attrs_scores"];

    /// <summary>Numbers and their shape; the shape of base64 is not known.</summary>
    private readonly record struct Numbers(float[] Values, IReadOnlyList<long>? Shape, int ItemSize);

    /// <summary>The regions.</summary>
    /// <param name="imageId">The image.</param>
    /// <param name="featureSize">How many values a region must have; null when nothing is known of it.</param>
    /// <exception cref="InvalidDataException">Something is missing, or wrong.</exception>
    public ImageRegions Read(string imageId, int? featureSize)
    {
        var boxes = Array(Boxes);
        if (boxes.Values.Length == 0 || boxes.Values.Length % 4 != 0 || boxes.Shape is { Count: not 2 } or [_, not 4])
            throw Error(Boxes, $"must hold N x 4 numbers but has {Described(boxes)}");
        var count = boxes.Values.Length / 4;
        var features = Array(Features);
        var values = features.Values;
        if (features.Shape is [var size, var regions] && regions == count && size != count)
            values = Turned(values, (int)size, count);
        else if (values.Length % count != 0 || (features.Shape is { Count: > 0 } shape && shape[0] != count))
            throw Error(Features, $"must hold {count} regions but has {Described(features)}");
        var tolerance = boxes.ItemSize == 2 ? RegionValues.HalfTolerance : RegionValues.BoxTolerance;
        return RegionValues.Checked(place, new(imageId, Side(Widths), Side(Heights), boxes.Values, values)
        {
            ObjectIds = Integers(ObjectIds, count),
            ObjectConfidences = Confidences(ObjectConfidences, count),
            AttributeIds = Integers(AttributeIds, count),
            AttributeConfidences = Confidences(AttributeConfidences, count),
        }, featureSize, tolerance);
    }

    /// <summary>Some store a region a column.</summary>
    private static float[] Turned(float[] values, int rows, int columns)
    {
        var turned = new float[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++) turned[(column * rows) + row] = values[(row * columns) + column];
        }

        return turned;
    }

    private static string Described(Numbers numbers) =>
        numbers.Shape is { } shape ? $"an array of shape {TensorElements.Describe(shape)}" : $"{numbers.Values.Length} numbers";

    private Numbers Array(string[] names)
    {
        switch (Find(names))
        {
            case NumpyArray array:
                return new(Of(names, array, numbers => numbers.ToSingles()), array.Shape, NumpyArray.SizeOf(array.Type)!.Value);
            case PickleArray { Value: { } array }:
                return new(Of(names, array, numbers => numbers.ToSingles()), array.Shape, NumpyArray.SizeOf(array.Type)!.Value);
            case byte[] or string:
                return new(FloatingPoint.ToSingles(Base64(names), 4), null, 4);
            case null:
                throw new InvalidDataException($"{place}: '{names[0]}' is missing.");
            case var other:
                throw Error(names, $"is {PickleGlobals.Describe(other)}; an array of numbers is expected");
        }
    }

    private int Side(string[] names)
    {
        double? number = Find(names) switch
        {
            long whole => whole,
            double broken => broken,
            NumpyArray { Count: 1 } array => Of(names, array, numbers => numbers.ToSingles())[0],
            PickleArray { Value: { Count: 1 } array } => Of(names, array, numbers => numbers.ToSingles())[0],
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) => parsed,
            null => throw new InvalidDataException($"{place}: '{names[0]}' is missing: the image's size in pixels is needed."),
            _ => null,
        };
        return number is >= 1 and <= int.MaxValue && number == Math.Floor(number.Value)
            ? (int)number
            : throw Error(names, $"must be a whole number above 0 but is {PickleGlobals.Describe(Find(names))}");
    }

    private long[]? Integers(string[] names, int count)
    {
        var values = Find(names) switch
        {
            NumpyArray { IsInteger: true } array => Of(names, array, numbers => numbers.ToInt64s()),
            PickleArray { Value: { IsInteger: true } array } => Of(names, array, numbers => numbers.ToInt64s()),
            byte[] or string => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(Base64(names)).ToArray(),
            _ => null,
        };
        return values is null || values.Length == count ? values : throw Error(names, $"must hold {count} numbers but has {values.Length}");
    }

    private float[]? Confidences(string[] names, int count)
    {
        if (Find(names) is null) return null;
        var numbers = Array(names);
        return numbers.Values.Length == count ? numbers.Values : throw Error(names, $"must hold {count} numbers but has {Described(numbers)}");
    }

    private byte[] Base64(string[] names)
    {
        var text = Find(names) is byte[] bytes ? System.Text.Encoding.Latin1.GetString(bytes) : (string)Find(names)!;
        try
        {
            var decoded = Convert.FromBase64String(text);
            return decoded.Length % 4 == 0 ? decoded : throw Error(names, $"its base64 holds {decoded.Length} bytes, no numbers of 4 bytes");
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{place}: '{Name(names)}' is no base64: {e.Message}", e);
        }
    }

    private T Of<T>(string[] names, NumpyArray array, Func<NumpyArray, T> read)
    {
        try
        {
            return read(array);
        }
        catch (InvalidDataException e)
        {
            throw Error(names, e.Message);
        }
    }

    private object? Find(string[] names) => names.Select(find).FirstOrDefault(value => value is not null);

    private string Name(string[] names) => names.FirstOrDefault(name => find(name) is not null) ?? names[0];

    private InvalidDataException Error(string[] names, string problem) => new($"{place}: '{Name(names)}' {problem}.");
}
