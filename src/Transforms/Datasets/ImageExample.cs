namespace MLNet.VisionLanguage;

/// <summary>What a row of every data set with one image has.</summary>
public abstract class ImageExample
{
    /// <summary>
    /// The image as files of region features name it, or the name of its file without extension (column ImageId, Text).
    /// </summary>
    public string ImageId { get; set; } = "";

    /// <summary>The image file (column ImagePath, Text); empty when no image folder was given.</summary>
    public string ImagePath { get; set; } = "";
}
