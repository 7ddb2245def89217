namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>Finds the state dict in what a PyTorch file holds, and places its tensors in their storages.</summary>
internal static class TorchStateDict
{
    private const int MaxDepth = 4;

    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model"];

    /// <param name="format">The name of the format.</param>
    /// <param name="file">The file.</param>
    /// <param name="root">What the unpickler built.</param>
    /// <param name="find">The bytes of a storage; null when the file does not hold it.</param>
    public static CheckpointContent Build(string format, MappedFile file, object? root, Func<TorchStorageRef, TensorStorage?> find)
    {
        if (root is not PickleDict dict)
            throw new CheckpointFormatException(file.Path, $"expected a dictionary of tensors; found {PickleGlobals.Describe(root)}.");
        var others = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var depth = 0; depth < MaxDepth && Inner(dict) is { } inner; depth++)
        {
            AddOthers(dict, inner, others);
            dict = inner;
        }

        var tensors = new List<CheckpointTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in dict.Items)
        {
            if (value is not TorchTensorRef tensor) continue;
            var name = NameOf(key);
            if (!names.Add(name)) throw new CheckpointFormatException(file.Path, $"the tensor '{name}' stands twice.");
            tensors.Add(Place(file, name, tensor, find));
        }

        AddOthers(dict, null, others);
        if (tensors.Count == 0)
            throw new CheckpointFormatException(file.Path, "it is a PyTorch file, but no tensors were found in it or in its state_dict or model.");
        return new CheckpointContent(format, tensors, new Dictionary<string, string>()) { Others = others };
    }

    /// <summary>
    /// The dictionary that wraps the tensors: under one of the usual names, or, where there are no tensors beside it, the only
    /// one that holds any.
    /// </summary>
    private static PickleDict? Inner(PickleDict dict)
    {
        foreach (var wrapper in Wrappers)
        {
            if (dict.TryGet(wrapper, out var value) && value is PickleDict named && (HoldsTensors(named) || WrapsTensors(named)))
                return named;
        }

        if (HoldsTensors(dict)) return null;
        var holders = dict.Items.Select(i => i.Value).OfType<PickleDict>().Where(HoldsTensors).Take(2).ToList();
        return holders.Count == 1 ? holders[0] : null;
    }

    private static bool WrapsTensors(PickleDict dict) =>
        Wrappers.Any(w => dict.TryGet(w, out var value) && value is PickleDict inner && HoldsTensors(inner));

    private static bool HoldsTensors(PickleDict dict) => dict.Items.Any(i => i.Value is TorchTensorRef);

    private static void AddOthers(PickleDict dict, PickleDict? taken, Dictionary<string, string> others)
    {
        foreach (var (key, value) in dict.Items)
        {
            if (!ReferenceEquals(value, taken) && (taken != null || value is not TorchTensorRef))
                others.TryAdd(NameOf(key), PickleGlobals.Describe(value));
        }
    }

    private static string NameOf(object? key) => key as string ?? PickleGlobals.Describe(key);

    private static CheckpointTensor Place(MappedFile file, string name, TorchTensorRef tensor, Func<TorchStorageRef, TensorStorage?> find)
    {
        var storage = tensor.Storage;
        var bytes = find(storage)
            ?? throw new CheckpointFormatException(file.Path, $"the storage '{storage.Key}' of tensor '{name}' is missing.");
        var size = TensorElements.SizeOf(storage.ElementType);
        if (storage.RootCount > bytes.Length / size)
        {
            throw new CheckpointFormatException(
                file.Path, $"the storage of tensor '{name}' should have {storage.RootCount} elements of {size} bytes; it has {bytes.Length} bytes.");
        }

        if (!TensorElements.TryCount(tensor.Size, out var count) || !Fits(tensor, count))
        {
            throw new CheckpointFormatException(
                file.Path,
                $"tensor '{name}' of shape {TensorElements.Describe(tensor.Size)}, strides {TensorElements.Describe(tensor.Stride)} "
                + $"and offset {tensor.Offset} does not lie inside its storage of {storage.Count} elements.");
        }

        // A stride of 0 repeats elements, so that a small storage can claim any shape.
        if (count > file.Length / size)
            throw new CheckpointFormatException(file.Path, $"tensor '{name}' claims {count} elements, more than the file could hold.");
        var offset = count == 0 ? 0 : (storage.ViewOffset + tensor.Offset) * size;
        return new CheckpointTensor(name, storage.ElementType, tensor.Size, bytes, offset, IsContiguous(tensor) ? null : tensor.Stride);
    }

    private static bool Fits(TorchTensorRef tensor, long count)
    {
        if (count == 0) return true;
        Int128 last = tensor.Offset;
        for (var i = 0; i < tensor.Size.Length; i++)
            last += (Int128)(tensor.Size[i] - 1) * tensor.Stride[i];
        return last < tensor.Storage.Count;
    }

    private static bool IsContiguous(TorchTensorRef tensor)
    {
        var expected = TensorElements.ContiguousStrides(tensor.Size);
        for (var i = 0; i < expected.Length; i++)
        {
            if (tensor.Size[i] != 1 && tensor.Stride[i] != expected[i]) return false;
        }

        return true;
    }
}
