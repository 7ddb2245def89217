using System.Globalization;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Tool.Detecting;

/// <summary>A page that shows what was found in images: one HTML file with the pictures in it, small, and the boxes drawn.</summary>
internal static class BoxReport
{
    /// <summary>A picture has about 480 × 360 pixels.</summary>
    private const int Pixels = 480 * 360;

    /// <summary>Writes the page; it appears whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">What was looked for.</param>
    /// <param name="found">What was found, image after image.</param>
    /// <param name="cancellation">Ends the work between two pictures.</param>
    public static void Write(string path, string title, IEnumerable<FoundBoxes> found, CancellationToken cancellation) =>
        PicturePage.Write(path, title, found.Select(image => (Picture(image), image.Image, Names(image))), cancellation);

    private static string Names(FoundBoxes found) => found.Found.Count == 0 ? "nothing" : string.Join(" · ", found.Found.Select(box =>
        $"<span style=\"color:{box.Colour}\">{PicturePage.Escape(box.Text)}</span> {box.Score.ToString("F3", CultureInfo.InvariantCulture)}"));

    /// <summary>A small JPEG with the boxes, as a data URI.</summary>
    private static string Picture(FoundBoxes found)
    {
        var file = TemporaryFiles.NewPath("picture") + ".jpg";
        try
        {
            using var image = ImageFile.Load(found.Image, new LoadImageFilesOptions { ShrinkAbove = Pixels });
            float across = (float)image.Width / found.Width, down = (float)image.Height / found.Height;
            using var drawn = BoxPainter.Draw(image, [.. found.Found.Select(box => (
                new[] { box.Box[0] * across, box.Box[1] * down, box.Box[2] * across, box.Box[3] * down }, box.Number))]);
            drawn.Save(file);
            return "data:image/jpeg;base64," + Convert.ToBase64String(File.ReadAllBytes(file));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
