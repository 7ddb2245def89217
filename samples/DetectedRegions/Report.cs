using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.ML;
using MLNet.VisionLanguage;

namespace DetectedRegions;

/// <summary>A page of questions with their answers: boxes with class and attribute, the darker the more the answer looked at them.</summary>
internal static class Report
{
    private const string Style = """
        body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; }
        .sheet { display: flex; flex-wrap: wrap; gap: 1.5rem; }
        figure { margin: 0; width: 260px; }
        svg { width: 260px; height: 260px; display: block; background: #eee; }
        rect { fill: none; stroke: #111; }
        text { font: 6px system-ui, sans-serif; fill: #111; paint-order: stroke; stroke: #fff; stroke-width: 1.5px; }
        figcaption { font-size: 13px; overflow-wrap: anywhere; }
        .wrong { color: #b00; }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ml">The context.</param>
    /// <param name="model">From picture and question to regions and answer.</param>
    /// <param name="examples">The questions.</param>
    public static void Write(string path, MLContext ml, ITransformer model, IEnumerable<VqaExample> examples)
    {
        var view = model.Transform(ml.Data.LoadFromEnumerable(examples.ToList()));
        view = ml.Transforms.Conversion.MapKeyToValue([
            new("Class", "RegionClasses"), new("Attribute", "RegionAttributes"), new("Answer", "PredictedLabel")]).Fit(view).Transform(view);
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Answers about detected regions</title>\n<style>\n")
            .Append(Style).Append("\n</style>\n</head>\n<body>\n<h1>Answers about detected regions</h1>\n<p>A box is the darker, the more the answer ")
            .Append("looked at its region.</p>\n<div class=\"sheet\">\n");
        foreach (var row in ml.Data.CreateEnumerable<Answered>(view, reuseRowObject: false)) page.Append(Figure(row));
        page.Append("</div>\n</body>\n</html>\n");
        File.WriteAllText(path, page.ToString());
    }

    private static string Figure(Answered row)
    {
        var (width, height) = (row.ImageSize[0], row.ImageSize[1]);
        var picture = "data:image/png;base64," + Convert.ToBase64String(File.ReadAllBytes(row.ImagePath));
        var figure = new StringBuilder();
        figure.Append(Invariant($"<figure><svg viewBox=\"0 0 {width} {height}\"><image href=\"{picture}\" width=\"{width}\" height=\"{height}\"/>\n"));

        // Row 0 of the attention is where the model answers.
        var most = row.Attention.Take(row.Class.Length).Max();
        for (var i = 0; i < row.Class.Length; i++)
        {
            var box = row.RegionBoxes.AsSpan(4 * i, 4);
            var (seen, share) = (row.Attention[i], row.Attention[i] / most);
            var name = WebUtility.HtmlEncode($"{row.Attribute[i]} {row.Class[i]}");
            figure.Append(Invariant($"<rect x=\"{box[0]:F1}\" y=\"{box[1]:F1}\" width=\"{box[2] - box[0]:F1}\" height=\"{box[3] - box[1]:F1}\" "))
                .Append(Invariant($"stroke-width=\"{0.4 + (1.6 * share):F2}\" stroke-opacity=\"{0.2 + (0.8 * share):F2}\"/>"))
                .Append(Invariant($"<text x=\"{box[0]:F1}\" y=\"{Math.Max(6, box[1] - 1):F1}\">{name} {seen:F2}</text>\n"));
        }

        var mark = row.Answers.Contains(row.Answer) ? "right" : "wrong";
        var (question, answer, meant) = (Encoded(row.Question), Encoded(row.Answer), Encoded(string.Join(", ", row.Answers)));
        return figure.Append($"</svg><figcaption>{question}<br><b class=\"{mark}\">{answer}</b> ({meant})</figcaption></figure>\n").ToString();
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The columns of the page.</summary>
    private sealed class Answered
    {
        public string ImagePath { get; set; } = "";

        public string Question { get; set; } = "";

        public string[] Answers { get; set; } = [];

        public float[] ImageSize { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public string[] Class { get; set; } = [];

        public string[] Attribute { get; set; } = [];

        public float[] Attention { get; set; } = [];

        public string Answer { get; set; } = "";
    }
}
