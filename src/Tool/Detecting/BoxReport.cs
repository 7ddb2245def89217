using System.Globalization;
using System.Net;
using System.Text;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Tool.Detecting;

/// <summary>A page that shows what was found in images: one HTML file with the pictures in it, small, and the boxes drawn.</summary>
internal static class BoxReport
{
    /// <summary>A picture has about 480 × 360 pixels.</summary>
    private const int Pixels = 480 * 360;

    private const string Style = """
        body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; }
        .sheet { display: flex; flex-wrap: wrap; gap: 1.5rem; }
        figure { margin: 0; width: 480px; }
        figure img { max-width: 480px; max-height: 360px; display: block; background: #eee; }
        figcaption { font-size: 13px; overflow-wrap: anywhere; }
        """;

    /// <summary>Writes the page; it appears whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">What was looked for.</param>
    /// <param name="found">What was found, image after image.</param>
    /// <param name="cancellation">Ends the work between two pictures.</param>
    public static void Write(string path, string title, IEnumerable<FoundBoxes> found, CancellationToken cancellation) => AtomicFile.Write(path, stream =>
    {
        using var page = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        page.Write(
            $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{Escape(title)}</title>\n"
            + $"<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{Escape(title)}</h1>\n<div class=\"sheet\">\n");
        foreach (var image in found)
        {
            cancellation.ThrowIfCancellationRequested();
            var names = image.Found.Select(box =>
                $"<span style=\"color:{box.Colour}\">{Escape(box.Text)}</span> {box.Score.ToString("F3", CultureInfo.InvariantCulture)}");
            page.Write($"<figure><img src=\"{Picture(image)}\" alt=\"{Escape(image.Image)}\"><figcaption><b>{Escape(Path.GetFileName(image.Image))}</b><br>"
                + $"{(image.Found.Count > 0 ? string.Join(" · ", names) : "nothing")}</figcaption></figure>\n");
        }

        page.Write("</div>\n</body>\n</html>\n");
    });

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

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
