using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>A NumPy array while it is put together: its attributes come after it was made.</summary>
internal sealed class PickleArray
{
    /// <summary>Its numbers; null when it holds something else.</summary>
    public NumpyArray? Value { get; set; }

    /// <summary>NumPy's name of the type of what it holds.</summary>
    public string Type { get; set; } = "?";
}

/// <summary>NumPy's type of elements; the order of its bytes comes after it was made.</summary>
/// <param name="name">Its name: "f4".</param>
internal sealed class PickleElementType(string name)
{
    /// <summary>"&lt;", "&gt;" or "|".</summary>
    public string Order { get; set; } = "|";

    public string Name => Order + name;
}

/// <summary>
/// The names with which NumPy pickles arrays and numbers, for files of data that hold them. As in <see cref="PickleGlobals"/>, calls are
/// imitated on plain values; an array of anything but numbers has no value.
/// </summary>
internal static class PickleArrays
{
    private static readonly string[] Cores = ["numpy.core", "numpy._core"];

    /// <summary>What a name makes; null for those that are not NumPy's.</summary>
    public static PickleGlobal? Find(string module, string name)
    {
        PickleGlobalKind? kind = (module, name) switch
        {
            ("numpy", "ndarray") => PickleGlobalKind.ArrayType,
            ("numpy", "dtype") => PickleGlobalKind.ArrayElementType,
            ("_codecs", "encode") => PickleGlobalKind.EncodeText,
            (_, "_reconstruct") when Cores.Any(core => module == core + ".multiarray") => PickleGlobalKind.ArrayToBuild,
            (_, "scalar") when Cores.Any(core => module == core + ".multiarray") => PickleGlobalKind.ArrayScalar,
            (_, "_frombuffer") when Cores.Any(core => module == core + ".numeric") => PickleGlobalKind.ArrayOfBuffer,
            _ => null,
        };
        return kind is { } known ? new PickleGlobal($"{module}.{name}", known) : null;
    }

    /// <summary>What calling one of those names gives; null when the call is not one that NumPy writes.</summary>
    public static object? Call(PickleMachine machine, PickleGlobal global, object?[] arguments) => (global.Kind, arguments) switch
    {
        (PickleGlobalKind.ArrayToBuild, [PickleGlobal { Kind: PickleGlobalKind.ArrayType }, PickleTuple, _]) => new PickleArray(),
        (PickleGlobalKind.ArrayElementType, [string type, ..]) => new PickleElementType(PickleMachine.Shorten(type)),
        (PickleGlobalKind.EncodeText, [string text, "latin1" or "latin-1"]) => TextEncoding.Latin1.GetBytes(text),
        (PickleGlobalKind.ArrayScalar, [PickleElementType type, byte[] bytes]) => Scalar(machine, type, bytes),
        (PickleGlobalKind.ArrayOfBuffer, [byte[] bytes, PickleElementType type, PickleTuple shape, string order]) =>
            new PickleArray { Type = type.Name, Value = Array(machine, type, shape, bytes, order == "F") },
        _ => PickleGlobals.Placeholder(machine, global.Name, arguments),
    };

    /// <summary>Sets the attributes of an array or of a type of elements.</summary>
    /// <returns>Whether it was one of these.</returns>
    public static bool Build(PickleMachine machine, object? target, object? state)
    {
        switch (target, state)
        {
            case (PickleElementType type, PickleTuple { Items: [long, string order, ..] }):
                type.Order = PickleMachine.Shorten(order);
                return true;
            case (PickleArray array, PickleTuple { Items: [long, PickleTuple shape, PickleElementType type, bool isColumnMajor, byte[] bytes] }):
                array.Type = type.Name;
                array.Value = Array(machine, type, shape, bytes, isColumnMajor);
                return true;
            case (PickleArray array, PickleTuple { Items: [long, PickleTuple, PickleElementType type, ..] }):
                array.Type = type.Name;
                return true;
            default:
                return false;
        }
    }

    private static object Scalar(PickleMachine machine, PickleElementType type, byte[] bytes)
    {
        if (Array(machine, type, new PickleTuple([]), bytes, isColumnMajor: false) is not { } array)
            return new PickleOpaque($"a number of type {type.Name}");
        return array.IsInteger ? array.ToInt64s()[0] : (double)array.ToSingles()[0];
    }

    /// <summary>Null when the elements are no numbers that are read.</summary>
    private static NumpyArray? Array(PickleMachine machine, PickleElementType type, PickleTuple shape, byte[] bytes, bool isColumnMajor)
    {
        if (NumpyArray.SizeOf(type.Name) is not { } size) return null;
        if (shape.Items.Length > TensorElements.MaxRank || shape.Items.Any(item => item is not long))
            throw machine.Bad("an array has no shape of whole numbers");
        long[] dimensions = [.. shape.Items.Cast<long>()];
        if (!TensorElements.TryCount(dimensions, out var count) || count != bytes.Length / size || bytes.Length % size != 0)
            throw machine.Bad($"an array of '{type.Name}' and shape {TensorElements.Describe(dimensions)} has {bytes.Length} bytes");
        return new(type.Name, dimensions, bytes, isColumnMajor);
    }
}
