namespace MLNet.VisionLanguage;

/// <summary>How data sets find their images.</summary>
public sealed class DatasetOptions
{
    /// <summary>
    /// The name of image files in the image folder, with {image_id} in it, see <see cref="ImageFileResolver"/>; null to find them by
    /// convention, or by the name in the record.
    /// </summary>
    public string? ImagePattern { get; set; }

    /// <summary>Whether rows whose image file is missing are left out. By default such a row is an error.</summary>
    public bool SkipMissingImages { get; set; }

    /// <summary>
    /// A file with one image id a line, such as Flickr30k's train.txt; only rows of its images are read. Null for all rows.
    /// </summary>
    public string? ImageListPath { get; set; }
}
