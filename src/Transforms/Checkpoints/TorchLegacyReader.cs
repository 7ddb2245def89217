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

    /// <summary>What every such file has near its begin: the magic number as the pickle holds it.</summary>
    private static readonly byte[] PickledMagic = [0x8A, 10, .. Magic.ToByteArray()];

    /// <summary>Whether bytes begin as this format does, and not as any other pickle.</summary>
    public static bool IsHead(ReadOnlySpan<byte> head) => head is [0x80, ..] && head.IndexOf(PickledMagic) is >= 2 and <= 11;

    public static CheckpointContent Read(MappedFile file, string? stateDictionary)
    {
        var (root, find) = Open(file, file.Path);
        return TorchStateDict.Build("PyTorch legacy", file, root, stateDictionary, find);
    }

    /// <summary>The tensor that torch.save wrote alone, in this form or the zip that followed it.</summary>
    /// <param name="file">The file, or a part of another.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="CheckpointFormatException">It holds something else, or is damaged.</exception>
    public static CheckpointTensor ReadTensor(TensorStorage file, string path)
    {
        var isZip = file.ToArray(0, (int)Math.Min(file.Length, 2)).AsSpan().StartsWith("PK"u8);
        var (root, find) = isZip ? TorchZipReader.Open(file, path) : Open(file, path);
        return root is TorchTensorRef tensor
            ? TorchStateDict.Place(path, file.Length, "", tensor, find)
            : throw new CheckpointFormatException(path, $"one tensor is expected but it is {PickleGlobals.Describe(root)}.");
    }

    private static (object? Root, Func<TorchStorageRef, TensorStorage?> Find) Open(TensorStorage file, string path)
    {
        var length = Math.Min(file.Length, PickleMachine.MaxLength);
        using var view = file.View(0, length);
        var machine = new PickleMachine(path, view, length);
        if (machine.Load() is not BigInteger magic || magic != Magic)
            throw new CheckpointFormatException(path, "it begins as a pickle, but not with the magic number of torch.save.");
        if (machine.Load() is not Protocol)
            throw new CheckpointFormatException(path, $"expected version {Protocol} of the torch.save format.");
        if (machine.Load() is not PickleDict system || !system.TryGet("little_endian", out var little) || little is not true)
            throw new CheckpointFormatException(path, "it was not written by a little-endian system; only those files are read.");
        var root = machine.Load();
        if (machine.Load() is not PickleList keys)
            throw new CheckpointFormatException(path, "expected the list of storage keys after the pickled object.");
        var storages = Walk(file, path, keys, machine);
        return (root, storage => storages.GetValueOrDefault(storage.Key));
    }

    /// <summary>Places the storages, which follow each other in the order of the key list.</summary>
    private static Dictionary<string, TensorStorage> Walk(TensorStorage file, string path, PickleList keys, PickleMachine machine)
    {
        var storages = new Dictionary<string, TensorStorage>(StringComparer.Ordinal);
        var position = machine.Position;
        foreach (var item in keys.Items)
        {
            if (item is string opaque && machine.OpaqueStorages.TryGetValue(opaque, out var type))
            {
                position = Skip(file, path, position, opaque, type);
                continue;
            }

            if (item is not string key || !machine.Storages.TryGetValue(key, out var storage) || storages.ContainsKey(key))
                throw new CheckpointFormatException(path, $"the storage key {PickleGlobals.Describe(item)} is unknown or stands twice.");
            if (file.Length - position < 8)
                throw new CheckpointFormatException(path, $"it ends before storage '{key}' (is it truncated?).");
            var count = BitConverter.ToInt64(file.ToArray(position, 8));
            position += 8;
            var size = TensorElements.SizeOf(storage.ElementType);
            if (count != storage.RootCount || count > (file.Length - position) / size)
            {
                throw new CheckpointFormatException(
                    path,
                    $"storage '{key}' should have {storage.RootCount} elements of {size} bytes; "
                    + $"found a count of {count} and {file.Length - position} bytes (is it truncated?).");
            }

            storages[key] = file.Range(position, count * size);
            position += count * size;
        }

        return storages;
    }

    /// <summary>Steps over a storage of a type that is not read, where the size of its elements is known at least.</summary>
    private static long Skip(TensorStorage file, string path, long position, string key, string type)
    {
        if (PickleGlobals.ElementSizeOf(type) is not { } size)
            throw new CheckpointFormatException(path, $"storage '{key}' is a {type}, whose length is unknown; the rest cannot be found.");
        var count = file.Length - position < 8 ? -1 : BitConverter.ToInt64(file.ToArray(position, 8));
        position += 8;
        if (count < 0 || count > (file.Length - position) / size)
            throw new CheckpointFormatException(path, $"it ends before or in storage '{key}' (is it truncated?).");
        return position + count * size;
    }
}
