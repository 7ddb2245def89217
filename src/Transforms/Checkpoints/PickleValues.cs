using System.Globalization;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>A Python tuple. Equality is by reference: comparing nested tuples by value could take exponential time.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public object?[] Items { get; } = items;
}

/// <summary>A Python list or set.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A Python dict in insertion order; a key set again keeps its place.</summary>
internal sealed class PickleDict
{
    private List<(object? Key, object? Value)>? _items;
    private Dictionary<object, int>? _index;

    public IReadOnlyList<(object? Key, object? Value)> Items => _items ?? (IReadOnlyList<(object? Key, object? Value)>)[];

    public void Set(object? key, object? value)
    {
        _index ??= [];
        _items ??= [];
        var hashed = Hashed(key);
        if (_index.TryGetValue(hashed, out var at))
        {
            _items[at] = (_items[at].Key, value);
            return;
        }

        _index[hashed] = _items.Count;
        _items.Add((key, value));
    }

    public bool TryGet(string key, out object? value)
    {
        value = null;
        if (_index == null || !_index.TryGetValue(Hashed(key), out var at)) return false;
        value = _items![at].Value;
        return true;
    }

    /// <summary>Scalars hash as text, because string hashes are seeded and number hashes are not: no file can make them collide.</summary>
    private static object Hashed(object? key) => key switch
    {
        null => "n",
        string text => "s" + text,
        IFormattable number => string.Concat(number.GetType().Name, ":", number.ToString(null, CultureInfo.InvariantCulture)),
        bool flag => flag ? "t" : "f",
        _ => key,
    };
}

/// <summary>The name of a Python class or function; of <see cref="PickleGlobalKind.Unknown"/> ones only the name is used.</summary>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, TensorElementType ElementType = default);

internal enum PickleGlobalKind
{
    OrderedDict,
    RebuildTensor,
    RebuildTensorV2,
    RebuildParameter,
    Size,
    Device,
    Storage,
    ElementTypeName,
    TensorType,
    Dictionary,
    RebuildFromType,
    Unknown,

    /// <summary>This and those that follow are <see cref="PickleArrays"/>'.</summary>
    ArrayType,
    ArrayElementType,
    ArrayToBuild,
    ArrayScalar,
    ArrayOfBuffer,
    EncodeText,
}

/// <summary>A value without meaning here: a torch.device, an object of a class that is not known; nothing in it is kept.</summary>
/// <param name="Text">A short description.</param>
/// <param name="Object">The Python name of its class or of the function that makes it; null for plain data.</param>
/// <param name="HoldsTensor">Whether it is made of a tensor or in the place of one.</param>
internal sealed record PickleOpaque(string Text, string? Object = null, bool HoldsTensor = false);

/// <summary>A storage by the key under which the file holds it, possibly a part of it (a view, in elements).</summary>
internal sealed record TorchStorageRef(TensorElementType ElementType, string Key, long RootCount, long ViewOffset, long Count);

/// <summary>A tensor as torch.save describes it; whether it lies inside its storage is checked when it is resolved.</summary>
internal sealed record TorchTensorRef(TorchStorageRef Storage, long Offset, long[] Size, long[] Stride);
