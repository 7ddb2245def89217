namespace MLNet.VisionLanguage.Tool.Sharding;

/// <summary>Joins files of region features, image by image in the order in which one process would have written them.</summary>
internal static class RegionMerging
{
    /// <summary>Writes a file of several, or goes on with it.</summary>
    /// <returns>How many images it has.</returns>
    /// <exception cref="InvalidDataException">An image is missing in a shard, in two of them, or in the file already from elsewhere.</exception>
    public static long Write(string output, ShardSet shards, IMeter meter, CancellationToken cancellation)
    {
        var (total, seen) = (shards.Records[0].Total, new HashSet<string>(StringComparer.Ordinal));
        Check(shards, seen);
        using var writer = RegionFeatureWriter.Create(output, new() { Float16 = shards.Records[0].Float16 });
        var (done, expected) = (0, 0);
        foreach (var (file, record) in shards.Files.Zip(shards.Records))
        {
            if (Written(record) is not { Count: > 0 } images) continue;
            using var reader = RegionFeatureReader.Open(file);
            foreach (var image in images)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!writer.Contains(image)) writer.Add(reader.Read(image));
                meter.Show(++done, total, $"joined {done} of {total} images");
            }

            expected += images.Count;
        }

        writer.Complete();
        return writer.Count == expected
            ? expected
            : throw new InvalidDataException($"{output}: it has {writer.Count} images, but the shards {expected}: some were in it from elsewhere; remove it.");
    }

    /// <summary>Whether each shard has what its record says, before anything is written.</summary>
    private static void Check(ShardSet shards, HashSet<string> seen)
    {
        foreach (var (file, record) in shards.Files.Zip(shards.Records))
        {
            foreach (var image in record.Items!)
                if (!seen.Add(image)) throw new InvalidDataException($"{file}: image '{image}' is in an earlier shard as well.");
            var images = Written(record);
            if (images.Count == 0) continue;
            using var reader = RegionFeatureReader.Open(file);
            if (images.Find(image => !reader.Contains(image)) is { } missing)
                throw new InvalidDataException($"{file}: image '{missing}' is missing; remove the shard's record and do it again.");
            if (reader.ImageIds.Count != images.Count)
                throw new InvalidDataException($"{file}: {reader.ImageIds.Count} images, {images.Count} are expected.");
        }

        if (seen.Count != shards.Records[0].Total)
            throw new InvalidDataException($"{shards.Files[0]}: the shards have {seen.Count} images, {shards.Records[0].Total} are expected.");
    }

    private static List<string> Written(ShardRecord record)
    {
        var leftOut = record.LeftOut.ToHashSet(StringComparer.Ordinal);
        return [.. record.Items!.Where(image => !leftOut.Contains(image))];
    }
}
