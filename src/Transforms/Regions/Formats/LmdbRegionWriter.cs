using System.Runtime.InteropServices;
using System.Text;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Writes LMDB as ViLBERT's reader wants it: a folder with data.mdb; under each image's name a pickled dictionary of image_id, image_h, image_w,
/// num_boxes, boxes and features, both as base64 of floats; under "keys" the pickled list of the names.
/// </summary>
internal static class LmdbRegionWriter
{
    private const string Keys = "keys";

    public static void Write(string path, RegionFeatureReader images)
    {
        var entries = images.ImageIds.Select(id => (Key: Encoding.UTF8.GetBytes(id), Id: id)).ToList();
        if (entries.Find(entry => entry.Id == Keys || entry.Key.Length is 0 or > LmdbLayout.LongestKey) is { Id: { } unfit })
        {
            throw new InvalidDataException(
                $"{path}: the image's name '{unfit}' cannot be a key of LMDB: 1 to {LmdbLayout.LongestKey} bytes, and not '{Keys}'.");
        }

        entries.Add((Encoding.UTF8.GetBytes(Keys), Keys));
        entries.Sort((one, other) => one.Key.AsSpan().SequenceCompareTo(other.Key));
        Directory.CreateDirectory(path);
        AtomicFile.Write(Path.Combine(path, RegionFeatureFormats.LmdbName), stream =>
        {
            var file = new LmdbFileWriter(stream);
            foreach (var (key, id) in entries)
            {
                file.Add(key, id == Keys
                    ? PickleWriter.Dump(images.ImageIds.Select(name => (object)Encoding.UTF8.GetBytes(name)).ToArray())
                    : Record(images.Read(id)));
            }

            file.Complete();
        });
    }

    private static byte[] Record(ImageRegions regions) => PickleWriter.Dump(new Dictionary<object, object>
    {
        ["image_id"] = regions.ImageId,
        ["image_h"] = regions.Height,
        ["image_w"] = regions.Width,
        ["num_boxes"] = regions.Count,
        ["boxes"] = Base64(regions.Boxes),
        ["features"] = Base64(regions.Features),
    });

    private static byte[] Base64(float[] values) => Encoding.ASCII.GetBytes(Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan())));
}
