using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Images;

/// <summary>A picture made small enough to stand in a page.</summary>
/// <param name="Uri">A JPEG as a data URI.</param>
/// <param name="Width">Its pixels across.</param>
/// <param name="Height">Its pixels down.</param>
internal sealed record Thumbnail(string Uri, int Width, int Height)
{
    /// <summary>It has about 240 × 180 pixels.</summary>
    private const int Pixels = 240 * 180;

    public static Thumbnail Of(string path)
    {
        var file = TemporaryFiles.NewPath("thumbnail") + ".jpg";
        try
        {
            using var image = ImageFile.Load(path, new LoadImageFilesOptions { ShrinkAbove = Pixels });
            image.Save(file);
            return new("data:image/jpeg;base64," + Convert.ToBase64String(File.ReadAllBytes(file)), image.Width, image.Height);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
