namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>Places the tensors of what a PyTorch file holds in their storages.</summary>
internal static class TorchStateDict
{
    private const int MostOthers = 10;

    /// <param name="format">The name of the format.</param>
    /// <param name="file">The file.</param>
    /// <param name="root">What the unpickler built.</param>
    /// <param name="chosen">The keys, separated by '/', under which the tensors are to be found; null to look for them.</param>
    /// <param name="find">The bytes of a storage; null when the file does not hold it.</param>
    public static CheckpointContent Build(
        string format, MappedFile file, object? root, string? chosen, Func<TorchStorageRef, TensorStorage?> find)
    {
        var place = new StateDictionary(file.Path, chosen);
        var dict = place.Find(root);
        var tensors = new List<CheckpointTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in dict.Items)
        {
            var name = StateDictionary.NameOf(key);
            if (value is PickleOpaque { Object: { } type } opaque && (opaque.HoldsTensor || StateDictionary.IsParameterName(name)))
            {
                throw new CheckpointFormatException(
                    file.Path, $"tensor '{PickleMachine.Shorten(name)}' depends on the Python object '{type}', which is not read.");
            }

            if (value is not TorchTensorRef tensor) continue;
            if (!names.Add(name)) throw new CheckpointFormatException(file.Path, $"the tensor '{name}' stands twice.");
            tensors.Add(Place(file.Path, file.Length, name, tensor, find));
        }

        var others = string.Join(", ", place.Others.Take(MostOthers).Select(other => $"'{other.Key}' ({other.Value})"));
        return tensors.Count > 0 ? new CheckpointContent(format, tensors, new Dictionary<string, string>()) { Others = place.Others }
            : throw new CheckpointFormatException(
                file.Path,
                "it is a PyTorch file, but no tensors were found in it or under the usual keys, such as state_dict and model"
                + (others.Length == 0 ? "." : $"; it holds {others}."));
    }

    /// <summary>A tensor where it lies.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="name">The tensor's name.</param>
    /// <param name="tensor">What the unpickler says of it.</param>
    /// <param name="find">The bytes of a storage; null when the file does not hold it.</param>
    public static CheckpointTensor Place(
        string path, long length, string name, TorchTensorRef tensor, Func<TorchStorageRef, TensorStorage?> find)
    {
        var storage = tensor.Storage;
        var bytes = find(storage)
            ?? throw new CheckpointFormatException(path, $"the storage '{storage.Key}' of tensor '{name}' is missing.");
        var size = TensorElements.SizeOf(storage.ElementType);
        if (storage.RootCount > bytes.Length / size)
        {
            throw new CheckpointFormatException(
                path, $"the storage of tensor '{name}' should have {storage.RootCount} elements of {size} bytes; it has {bytes.Length} bytes.");
        }

        if (!TensorElements.TryCount(tensor.Size, out var count) || !Fits(tensor, count))
        {
            throw new CheckpointFormatException(
                path,
                $"tensor '{name}' of shape {TensorElements.Describe(tensor.Size)}, strides {TensorElements.Describe(tensor.Stride)} "
                + $"and offset {tensor.Offset} does not lie inside its storage of {storage.Count} elements.");
        }

        // A stride of 0 repeats elements, so that a small storage can claim any shape.
        if (count > length / size)
            throw new CheckpointFormatException(path, $"tensor '{name}' claims {count} elements, more than the file could hold.");
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
