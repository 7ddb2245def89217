using System.Numerics;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>
/// Reads what torch.save wrote before 1.6: pickles of a magic number, the protocol version, facts of the writing system, the
/// object and the list of storage keys; then for each key the number of elements (int64) and the elements.
/// </summary>
internal static class TorchLegacyReader
{
    private const long Protocol = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    public static CheckpointContent Read(MappedFile file, string? stateDictionary)
    {
        var length = Math.Min(file.Length, PickleMachine.MaxLength);
        using var view = file.View(0, length);
        var machine = new PickleMachine(file.Path, view, length);
        if (machine.Load() is not BigInteger magic || magic != Magic)
            throw new CheckpointFormatException(file.Path, "it begins as a pickle, but not with the magic number of torch.save.");
        if (machine.Load() is not Protocol)
            throw new CheckpointFormatException(file.Path, $"expected version {Protocol} of the torch.save format.");
        if (machine.Load() is not PickleDict system || !system.TryGet("little_endian", out var little) || little is not true)
            throw new CheckpointFormatException(file.Path, "it was not written by a little-endian system; only those files are read.");
        var root = machine.Load();
        if (machine.Load() is not PickleList keys)
            throw new CheckpointFormatException(file.Path, "expected the list of storage keys after the pickled object.");
        var storages = Walk(file, keys, machine);
        return TorchStateDict.Build("PyTorch legacy", file, root, stateDictionary, storage => storages.GetValueOrDefault(storage.Key));
    }

    /// <summary>Places the storages, which follow each other in the order of the key list.</summary>
    private static Dictionary<string, TensorStorage> Walk(MappedFile file, PickleList keys, PickleMachine machine)
    {
        var storages = new Dictionary<string, TensorStorage>(StringComparer.Ordinal);
        var position = machine.Position;
        foreach (var item in keys.Items)
        {
            if (item is string opaque && machine.OpaqueStorages.TryGetValue(opaque, out var type))
            {
                position = Skip(file, position, opaque, type);
                continue;
            }

            if (item is not string key || !machine.Storages.TryGetValue(key, out var storage) || storages.ContainsKey(key))
                throw new CheckpointFormatException(file.Path, $"the storage key {PickleGlobals.Describe(item)} is unknown or stands twice.");
            if (file.Length - position < 8)
                throw new CheckpointFormatException(file.Path, $"it ends before storage '{key}' (is it truncated?).");
            var count = BitConverter.ToInt64(file.ToArray(position, 8));
            position += 8;
            var size = TensorElements.SizeOf(storage.ElementType);
            if (count != storage.RootCount || count > (file.Length - position) / size)
            {
                throw new CheckpointFormatException(
                    file.Path,
                    $"storage '{key}' should have {storage.RootCount} elements of {size} bytes; "
                    + $"found a count of {count} and {file.Length - position} bytes (is it truncated?).");
            }

            storages[key] = file.Range(position, count * size);
            position += count * size;
        }

        return storages;
    }

    /// <summary>Steps over a storage of a type that is not read, where the size of its elements is known at least.</summary>
    private static long Skip(MappedFile file, long position, string key, string type)
    {
        if (PickleGlobals.ElementSizeOf(type) is not { } size)
            throw new CheckpointFormatException(file.Path, $"storage '{key}' is a {type}, whose length is unknown; the rest cannot be found.");
        var count = file.Length - position < 8 ? -1 : BitConverter.ToInt64(file.ToArray(position, 8));
        position += 8;
        if (count < 0 || count > (file.Length - position) / size)
            throw new CheckpointFormatException(file.Path, $"it ends before or in storage '{key}' (is it truncated?).");
        return position + count * size;
    }
}
