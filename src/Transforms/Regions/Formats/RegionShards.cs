using System.Globalization;
using System.Text;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// The names in .safetensors shards of region features. A shard has the regions of its images one after the other, in tensors whose names begin
/// with its number, so that an index can tell them apart: 00001.features [R, D], 00001.boxes [R, 4] in pixels x1 y1 x2 y2, 00001.starts
/// [images + 1] (where each image's regions begin), 00001.sizes [images, 2] (width, height), 00001.image_ids (UTF-8, a line each), and what the
/// detector says of the regions, where it was told of all of them.
/// </summary>
internal static class RegionShards
{
    public const string Extension = ".safetensors";
    public const string IndexExtension = ".index.json";

    public const string Features = "features";
    public const string Boxes = "boxes";
    public const string Starts = "starts";
    public const string Sizes = "sizes";
    public const string ImageIds = "image_ids";
    public const string ObjectIds = "objects_id";
    public const string ObjectConfidences = "objects_conf";
    public const string AttributeIds = "attrs_id";
    public const string AttributeConfidences = "attrs_conf";

    /// <summary>A tensor's name in a shard.</summary>
    public static string Name(int shard, string tensor) => string.Create(CultureInfo.InvariantCulture, $"{shard:D5}.{tensor}");

    /// <summary>A shard's file beside the index.</summary>
    public static string FileOf(string path, int shard) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(path)}-{shard:D5}{Extension}");

    public static byte[] Lines(IEnumerable<string> ids) => Encoding.UTF8.GetBytes(string.Join('\n', ids));

    public static string[] Lines(byte[] bytes) => Encoding.UTF8.GetString(bytes).Split('\n');
}
