namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>Files of captions with their images.</summary>
internal static class CaptionFiles
{
    /// <summary>What they are, for the help.</summary>
    public const string Format = "COCO's captions (.json or .json.gz) or Flickr30k's token file (any other ending)";

    public static DatasetRows<CaptionExample> Load(string path, string? images, DatasetOptions options) =>
        path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".json.gz", StringComparison.OrdinalIgnoreCase)
            ? CocoCaptionsDataset.Load(path, images, options)
            : Flickr30kDataset.Load(path, images, options);
}
