using System.Globalization;
using System.Net;
using System.Text;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage.Tool.Retrieving;

/// <summary>An image that a query found.</summary>
/// <param name="Rank">Its place, from 1.</param>
/// <param name="Name">What feature files call it, or its path.</param>
/// <param name="Path">Its file; empty when there is none.</param>
/// <param name="Score">How well it suits the query.</param>
internal sealed record FoundImage(int Rank, string Name, string Path, float Score);

/// <summary>What a query found, the best first.</summary>
internal sealed record FoundImages(string Query, IReadOnlyList<FoundImage> Images);

/// <summary>A page that shows what queries found: one HTML file with the pictures in it, small.</summary>
internal static class ContactSheet
{
    private const string Style = """
        body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; }
        h2 { margin: 2rem 0 .5rem; font-weight: 600; overflow-wrap: anywhere; }
        .sheet { display: flex; flex-wrap: wrap; gap: 1rem; }
        figure { margin: 0; width: 240px; }
        figure img, .none { width: 240px; height: 180px; object-fit: contain; background: #eee; display: block; }
        .none { line-height: 180px; text-align: center; color: #777; }
        figcaption { font-size: 13px; overflow-wrap: anywhere; }
        """;

    /// <summary>Writes the page; it appears whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model's file, for the title.</param>
    /// <param name="count">How many images were looked at.</param>
    /// <param name="found">What the queries found.</param>
    /// <param name="cancellation">Ends the work between two pictures.</param>
    public static void Write(string path, string model, int count, IEnumerable<FoundImages> found, CancellationToken cancellation) =>
        AtomicFile.Write(path, stream =>
        {
            using var page = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
            var thumbnails = new Dictionary<string, string>(StringComparer.Ordinal);
            page.Write($"""
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <title>Images found by {Escape(Path.GetFileName(model))}</title>
                <style>
                {Style}
                </style>
                </head>
                <body>
                <h1>Images found by {Escape(Path.GetFileName(model))} among {count.ToString(CultureInfo.InvariantCulture)}</h1>

                """);
            foreach (var (query, images) in found)
            {
                page.Write($"<h2>{Escape(query)}</h2>\n<div class=\"sheet\">\n");
                foreach (var image in images)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (image.Path.Length > 0 && !thumbnails.ContainsKey(image.Path)) thumbnails[image.Path] = Thumbnail.Of(image.Path).Uri;
                    var picture = image.Path.Length > 0
                        ? $"<img src=\"{thumbnails[image.Path]}\" alt=\"{Escape(image.Name)}\">"
                        : "<div class=\"none\">no picture</div>";
                    var score = image.Score.ToString("F4", CultureInfo.InvariantCulture);
                    page.Write($"<figure>{picture}<figcaption><b>{image.Rank}</b> · {score}<br>{Escape(image.Name)}</figcaption></figure>\n");
                }

                page.Write("</div>\n");
            }

            page.Write("</body>\n</html>\n");
        });

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
