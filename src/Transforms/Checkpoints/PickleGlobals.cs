using System.Numerics;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>
/// The few names of a checkpoint that mean something here and what calling them builds. Calls are imitated here on plain values: no
/// type is ever looked up by a name of the file. Every other name, and what is made with it, is a placeholder.
/// </summary>
internal static class PickleGlobals
{
    private static readonly Dictionary<string, PickleGlobal> Known = Table().ToDictionary(g => g.Name, StringComparer.Ordinal);

    public static PickleGlobal Find(string module, string name)
    {
        var whole = $"{module}.{name}";
        return Known.GetValueOrDefault(whole) ?? new PickleGlobal(PickleMachine.Shorten(whole), PickleGlobalKind.Unknown);
    }

    public static object? Call(PickleMachine machine, PickleGlobal global, object?[] arguments) => (global.Kind, arguments) switch
    {
        (PickleGlobalKind.OrderedDict, []) => new PickleDict(),
        (PickleGlobalKind.OrderedDict, [PickleList pairs]) => FromPairs(machine, pairs),
        (PickleGlobalKind.RebuildTensor, [TorchStorageRef storage, long offset, PickleTuple size, PickleTuple stride]) =>
            Tensor(machine, storage, offset, size, stride),
        (PickleGlobalKind.RebuildTensorV2, [TorchStorageRef storage, long offset, PickleTuple size, PickleTuple stride, bool, _, ..]) =>
            Tensor(machine, storage, offset, size, stride),
        (PickleGlobalKind.RebuildParameter, [TorchTensorRef tensor, bool, _, ..]) => tensor,
        (PickleGlobalKind.RebuildFromType, [PickleGlobal { Kind: not PickleGlobalKind.RebuildFromType } function,
            PickleGlobal { Kind: PickleGlobalKind.TensorType }, PickleTuple inner, ..]) => Call(machine, function, inner.Items),
        (PickleGlobalKind.RebuildFromType, [_, PickleGlobal { Kind: not PickleGlobalKind.TensorType } type, ..]) =>
            new PickleOpaque($"object of {type.Name}", type.Name, HoldsTensor: true),
        (PickleGlobalKind.Dictionary, [PickleDict dict]) => dict,
        (PickleGlobalKind.Dictionary, []) or (PickleGlobalKind.Dictionary, [null or PickleGlobal or PickleOpaque]) => new PickleDict(),
        (PickleGlobalKind.Size, [PickleTuple size]) => size,
        (PickleGlobalKind.Device, [string type]) => new PickleOpaque(type),
        (PickleGlobalKind.Device, [string type, long index]) => new PickleOpaque($"{type}:{index}"),
        (PickleGlobalKind.Unknown or PickleGlobalKind.Dictionary or PickleGlobalKind.TensorType, _) =>
            Placeholder(machine, global.Name, arguments),
        _ when Unknown(arguments) is { } name => new PickleOpaque($"object of {name}", name, Rebuilds(global)),
        _ => throw machine.Bad($"{global.Name} is called with {arguments.Length} arguments of other kinds than torch.save writes"),
    };

    /// <summary>What a class or function that is not known makes: its name, and whether a tensor went into it.</summary>
    public static PickleOpaque Placeholder(PickleMachine machine, string name, object?[] arguments)
    {
        // One tuple may be passed to many calls, so that its length counts as work each time.
        machine.Charge(arguments.Length);
        var holdsTensor = name.StartsWith("torch._utils._rebuild", StringComparison.Ordinal)
            || arguments.Any(a => a is TorchTensorRef or TorchStorageRef or PickleOpaque { HoldsTensor: true });
        return new PickleOpaque($"object of {name}", name, holdsTensor);
    }

    /// <summary>
    /// What a persistent id names: the storage ('storage', type, key, location, count[, view]), a placeholder where its type is not
    /// known, or the class of a whole module, ('module', class, file, source).
    /// </summary>
    public static object Persistent(PickleMachine machine, object? id)
    {
        if (id is PickleTuple { Items: ["module", PickleGlobal module, ..] }) return module;
        if (id is PickleTuple { Items: ["storage", PickleGlobal { Kind: not PickleGlobalKind.Storage } unknown, string opaque, ..] }
            && opaque.Length <= PickleMachine.MaxNameLength)
        {
            machine.OpaqueStorages.TryAdd(opaque, unknown.Name);
            return new PickleOpaque($"object of {unknown.Name}", unknown.Name, HoldsTensor: true);
        }

        return Storage(machine, id);
    }

    private static TorchStorageRef Storage(PickleMachine machine, object? id)
    {
        if (id is not PickleTuple { Items: { Length: <= 6 } items }
            || items is not ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type, string key, string, long count, ..])
        {
            throw machine.Bad("expected a persistent id ('storage', type, key, location, count)");
        }

        if (key.Length > PickleMachine.MaxNameLength || count < 0)
            throw machine.Bad($"storage '{PickleMachine.Shorten(key)}' has {count} elements");
        return items switch
        {
            [_, _, _, _, _] or [_, _, _, _, _, null] => new TorchStorageRef(type.ElementType, key, count, 0, count),
            [_, _, _, _, _, PickleTuple { Items: [string, long offset, long size] }]
                when offset >= 0 && size >= 0 && offset <= count - size => new TorchStorageRef(type.ElementType, key, count, offset, size),
            _ => throw machine.Bad($"storage '{key}' has a view that does not lie inside it"),
        };
    }

    /// <summary>The name of the first object among the arguments that is not known; sizes and strides are looked into.</summary>
    private static string? Unknown(object?[] arguments)
    {
        foreach (var argument in arguments)
        {
            var name = argument switch
            {
                PickleOpaque opaque => opaque.Object,
                PickleGlobal { Kind: PickleGlobalKind.Unknown } global => global.Name,
                PickleTuple { Items: { Length: <= TensorElements.MaxRank } items } => items.OfType<PickleOpaque>().FirstOrDefault()?.Object,
                _ => null,
            };
            if (name != null) return name;
        }

        return null;
    }

    private static bool Rebuilds(PickleGlobal global) => global.Kind is PickleGlobalKind.RebuildTensor or PickleGlobalKind.RebuildTensorV2
        or PickleGlobalKind.RebuildParameter or PickleGlobalKind.RebuildFromType;

    private static object Tensor(PickleMachine machine, TorchStorageRef storage, long offset, PickleTuple size, PickleTuple stride)
    {
        if (size.Items.Length != stride.Items.Length || size.Items.Length > TensorElements.MaxRank || offset < 0)
        {
            throw machine.Bad(
                $"a tensor has {size.Items.Length} dimensions (at most {TensorElements.MaxRank} are allowed), "
                + $"{stride.Items.Length} strides and offset {offset}");
        }

        if (Unknown([size, stride]) is { } name) return new PickleOpaque($"object of {name}", name, HoldsTensor: true);
        return new TorchTensorRef(storage, offset, Numbers(machine, size), Numbers(machine, stride));
    }

    private static long[] Numbers(PickleMachine machine, PickleTuple tuple) => Array.ConvertAll(
        tuple.Items,
        item => item is long and >= 0 ? (long)item : throw machine.Bad($"a size or stride is {Describe(item)}; expected a whole number of 0 or more"));

    private static PickleDict FromPairs(PickleMachine machine, PickleList pairs)
    {
        // The list may be passed to many calls, so that its length counts as work each time.
        machine.Charge(pairs.Items.Count);
        var dict = new PickleDict();
        foreach (var pair in pairs.Items)
        {
            var (key, value) = pair switch
            {
                PickleTuple { Items: [var k, var v] } => (k, v),
                PickleList { Items: [var k, var v] } => (k, v),
                _ => throw machine.Bad("an OrderedDict is made of something else than pairs"),
            };
            machine.ChargeKey(key);
            dict.Set(key, value);
        }

        return dict;
    }

    /// <summary>The bytes an element of a storage that is not read, where that is known: complex and quantized numbers.</summary>
    public static int? ElementSizeOf(string storage) => storage[(storage.LastIndexOf('.') + 1)..] switch
    {
        "QInt8Storage" or "QUInt8Storage" or "QUInt4x2Storage" or "QUInt2x4Storage" => 1,
        "QInt32Storage" => 4,
        "ComplexFloatStorage" => 8,
        "ComplexDoubleStorage" => 16,
        _ => null,
    };

    /// <summary>A short description for people; never walks into nested values.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        string text => $"'{PickleMachine.Shorten(text)}'",
        byte[] bytes => $"{bytes.Length} bytes",
        BigInteger => "a large integer",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        PickleTuple tuple => $"tuple of {tuple.Items.Length}",
        PickleList list => $"list of {list.Items.Count}",
        PickleDict dict => $"dictionary of {dict.Items.Count}",
        PickleArray array => array.Value is { } numbers ? $"array {numbers}" : $"an array of '{PickleMachine.Shorten(array.Type)}'",
        TorchTensorRef tensor => $"tensor {TensorElements.Describe(tensor.Size)}",
        TorchStorageRef storage => $"storage of {storage.Count} {storage.ElementType}",
        PickleGlobal global => PickleMachine.Shorten(global.Name),
        PickleOpaque opaque => PickleMachine.Shorten(opaque.Text),
        _ => value.GetType().Name,
    };

    private static IEnumerable<PickleGlobal> Table()
    {
        yield return new PickleGlobal("collections.OrderedDict", PickleGlobalKind.OrderedDict);
        yield return new PickleGlobal("torch._utils._rebuild_tensor", PickleGlobalKind.RebuildTensor);
        yield return new PickleGlobal("torch._utils._rebuild_tensor_v2", PickleGlobalKind.RebuildTensorV2);
        yield return new PickleGlobal("torch._utils._rebuild_parameter", PickleGlobalKind.RebuildParameter);
        yield return new PickleGlobal("torch._utils._rebuild_parameter_with_state", PickleGlobalKind.RebuildParameter);
        yield return new PickleGlobal("torch._tensor._rebuild_from_type_v2", PickleGlobalKind.RebuildFromType);
        foreach (var name in new[] { "torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer" })
            yield return new PickleGlobal(name, PickleGlobalKind.TensorType);
        foreach (var name in new[] { "collections.defaultdict", "collections.Counter", "builtins.dict", "__builtin__.dict" })
            yield return new PickleGlobal(name, PickleGlobalKind.Dictionary);
        yield return new PickleGlobal("torch.Size", PickleGlobalKind.Size);
        yield return new PickleGlobal("torch.device", PickleGlobalKind.Device);
        (string Storage, string ElementTypeName, TensorElementType ElementType)[] types =
        [
            ("FloatStorage", "float32", TensorElementType.Float32),
            ("HalfStorage", "float16", TensorElementType.Float16),
            ("BFloat16Storage", "bfloat16", TensorElementType.BFloat16),
            ("DoubleStorage", "float64", TensorElementType.Float64),
            ("LongStorage", "int64", TensorElementType.Int64),
            ("IntStorage", "int32", TensorElementType.Int32),
            ("ShortStorage", "int16", TensorElementType.Int16),
            ("CharStorage", "int8", TensorElementType.Int8),
            ("ByteStorage", "uint8", TensorElementType.UInt8),
            ("BoolStorage", "bool", TensorElementType.Bool),
        ];
        foreach (var (storage, name, type) in types)
        {
            yield return new PickleGlobal($"torch.{storage}", PickleGlobalKind.Storage, type);

            // Old versions recorded the device in the type.
            yield return new PickleGlobal($"torch.cuda.{storage}", PickleGlobalKind.Storage, type);
            yield return new PickleGlobal($"torch.{name}", PickleGlobalKind.ElementTypeName, type);
        }
    }
}
