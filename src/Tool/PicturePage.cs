using System.Net;
using System.Text;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Tool;

/// <summary>A page that shows pictures with a text each: one HTML file with the pictures in it, small.</summary>
internal static class PicturePage
{
    private const string Style = """
        body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; }
        .sheet { display: flex; flex-wrap: wrap; gap: 1.5rem; }
        figure { margin: 0; width: 480px; }
        figure img { max-width: 480px; max-height: 360px; display: block; background: #eee; }
        figcaption { font-size: 13px; overflow-wrap: anywhere; }
        """;

    /// <summary>Writes the page; it appears whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="pictures">Each picture's data URI, its file, and the text below it in HTML.</param>
    /// <param name="cancellation">Ends the work between two pictures.</param>
    public static void Write(
        string path, string title, IEnumerable<(string Uri, string File, string Text)> pictures, CancellationToken cancellation) =>
        AtomicFile.Write(path, stream => Write(stream, title, pictures, cancellation));

    private static void Write(
        Stream stream, string title, IEnumerable<(string Uri, string File, string Text)> pictures, CancellationToken cancellation)
    {
        using var page = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        page.Write(
            $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{Escape(title)}</title>\n"
            + $"<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{Escape(title)}</h1>\n<div class=\"sheet\">\n");
        foreach (var (uri, file, text) in pictures)
        {
            cancellation.ThrowIfCancellationRequested();
            page.Write($"<figure><img src=\"{uri}\" alt=\"{Escape(file)}\"><figcaption><b>{Escape(Path.GetFileName(file))}</b><br>"
                + $"{text}</figcaption></figure>\n");
        }

        page.Write("</div>\n</body>\n</html>\n");
    }

    /// <summary>A text as HTML.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);
}
