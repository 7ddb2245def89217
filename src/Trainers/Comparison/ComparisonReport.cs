using System.Globalization;
using System.Text;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Images;
using static MLNet.VisionLanguage.Comparison.ReportPlots;

namespace MLNet.VisionLanguage.Comparison;

/// <summary>The page of a comparison: one HTML file with its plots and pictures in it.</summary>
internal static class ComparisonReport
{
    private const int MostQuestionTypes = 20;

    private const string Style = """
        body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; max-width: 1100px; }
        h2 { margin: 2rem 0 .5rem; font-weight: 600; }
        table { border-collapse: collapse; font-size: 14px; }
        th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; }
        th:first-child, td:first-child { text-align: left; }
        svg { font: 12px system-ui, sans-serif; display: block; }
        svg .small { font-size: 10px; }
        svg .grid { stroke: #ccc; }
        svg .frame { fill: none; stroke: #999; }
        .key { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
        .row { display: flex; flex-wrap: wrap; gap: 1.5rem; }
        .heat td { text-align: center; border: 1px solid #eee; }
        figure { margin: 0; width: 240px; }
        .none { width: 240px; height: 180px; background: #eee; color: #777; line-height: 180px; text-align: center; }
        figcaption { font-size: 13px; overflow-wrap: anywhere; }
        """;

    public static void Write(string path, VisualQuestionAnsweringComparison comparison, CancellationToken cancellation) => AtomicFile.Write(path, stream =>
    {
        using var page = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        page.Write("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Models compared</title>\n");
        page.Write($"<style>\n{Style}\n</style>\n</head>\n<body>\n");
        page.Write(Invariant($"<h1>{comparison.Leaderboard.Count} models on {comparison.Questions} questions about {comparison.Images} images</h1>\n"));
        page.Write(Leaderboard(comparison));
        var models = comparison.Leaderboard;
        Section("Accuracy per answer type, in percent", Groups(models, entry => entry.PerAnswerType, int.MaxValue));
        Section("Accuracy per question type, in percent", Groups(models, entry => entry.PerQuestionType, MostQuestionTypes));
        Section(
            Invariant($"Differences in percentage points, with intervals that hold the true one with probability {comparison.Confidence}"),
            comparison.Differences.Count > 0 ? Intervals(comparison.Differences) : "<p>There is only one model.</p>");
        var longest = models.SelectMany(entry => entry.PerLength).Max(group => group.Words);
        Section("Calibration, and accuracy by the length of the question", "<div class=\"row\">"
            + Curves(Points(entry => entry.Calibration.Select(bin => (bin.Probability, bin.Accuracy))), "probability", "accuracy", diagonal: true, ("0", "1"))
            + Curves(
                Points(entry => entry.PerLength.Select(group => ((double)group.Words / longest, group.Accuracy / 100))), "words of the question", "accuracy",
                diagonal: false, ("0", longest.ToString(CultureInfo.InvariantCulture)))
            + "</div>");
        foreach (var entry in models) Section($"{Escape(entry.Name)}: expected answers (rows), given answers (columns)", Heat(entry.Confusions));
        var thumbnails = new Dictionary<string, Thumbnail>(StringComparer.Ordinal);
        foreach (var entry in models.Where(entry => entry.Worst.Count > 0))
        {
            page.Write($"<h2>{Escape(entry.Name)}: wrong, and surest of it</h2>\n<div class=\"row\">\n");
            foreach (var example in entry.Worst)
            {
                cancellation.ThrowIfCancellationRequested();
                page.Write(Figure(example, thumbnails));
            }

            page.Write("</div>\n");
        }

        page.Write("</body>\n</html>\n");

        void Section(string title, string content) => page.Write($"<h2>{title}</h2>\n{content}\n");

        IReadOnlyList<IReadOnlyList<(double X, double Y)>> Points(Func<ComparisonEntry, IEnumerable<(double X, double Y)>> of) =>
            [.. models.Select(entry => of(entry).ToList())];
    });

    private static string Leaderboard(VisualQuestionAnsweringComparison comparison)
    {
        var text = new StringBuilder("<table><tr><th>model</th><th>overall</th><th>calibration error</th><th>seconds</th></tr>\n");
        foreach (var (i, entry) in comparison.Leaderboard.Index())
        {
            text.Append(Invariant($"<tr><td><span class=\"key\" style=\"background:{ColourOf(i)}\"></span>{Escape(entry.Name)}</td>"));
            text.Append(Invariant($"<td>{entry.Overall:F2}</td><td>{entry.CalibrationError:F3}</td><td>{entry.Seconds:F1}</td></tr>\n"));
        }

        return text.Append("</table>\n").ToString();
    }

    /// <summary>Bars for each value of a figure; those with the widest spread between models where there are too many.</summary>
    private static string Groups(IReadOnlyList<ComparisonEntry> models, Func<ComparisonEntry, IReadOnlyDictionary<string, double>> of, int most)
    {
        string[] names = [.. models.SelectMany(entry => of(entry).Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (names.Length > most) names = [.. names.OrderByDescending(Spread).Take(most).Order(StringComparer.Ordinal)];
        return Bars(names, (name, model) => of(models[model]).TryGetValue(name, out var value) ? value : null, models.Count);

        double Spread(string name)
        {
            var values = models.Where(entry => of(entry).ContainsKey(name)).Select(entry => of(entry)[name]).ToList();
            return values.Max() - values.Min();
        }
    }

    private static string Heat(ConfusionTable table)
    {
        string[] names = [.. table.Answers, "others"];
        var text = new StringBuilder("<table class=\"heat\"><tr><th></th>");
        foreach (var name in names) text.Append($"<th>{Escape(name)}</th>");
        text.Append("</tr>\n");
        foreach (var (expected, counts) in names.Zip(table.Counts))
        {
            var all = Math.Max(1, counts.Sum());
            text.Append($"<tr><th>{Escape(expected)}</th>");
            foreach (var count in counts) text.Append(Invariant($"<td style=\"background:rgba(66,105,208,{(double)count / all:F2})\">{count}</td>"));
            text.Append("</tr>\n");
        }

        return text.Append("</table>\n").ToString();
    }

    private static string Figure(WorstExample example, Dictionary<string, Thumbnail> thumbnails)
    {
        var picture = "<div class=\"none\">no picture</div>";
        if (File.Exists(example.Image))
        {
            if (!thumbnails.TryGetValue(example.Image, out var thumbnail)) thumbnail = thumbnails[example.Image] = Thumbnail.Of(example.Image);
            picture = Boxed(thumbnail, example);
        }

        return Invariant($"<figure>{picture}<figcaption>{Escape(example.Question)}<br><b>{Escape(example.Answer)}</b> {example.Probability:F3}, ")
            + $"expected <b>{Escape(example.Expected)}</b></figcaption></figure>\n";
    }

    /// <summary>The picture with the regions that the model saw; they are in the pixels of the image as the model was given it.</summary>
    private static string Boxed(Thumbnail thumbnail, WorstExample example)
    {
        var (width, height) = example.ImageSize is [var x, var y] ? (x, y) : (thumbnail.Width, thumbnail.Height);
        var svg = new StringBuilder(Invariant($"<svg viewBox=\"0 0 {width} {height}\" width=\"240\" height=\"{240.0 * height / width:F0}\">"));
        svg.Append(Invariant($"<image href=\"{thumbnail.Uri}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\"/>"));
        foreach (var box in example.Boxes.Chunk(4).Where(box => box.Length == 4))
        {
            var (across, down) = (Math.Max(0, box[2] - box[0]), Math.Max(0, box[3] - box[1]));
            svg.Append(Invariant($"<rect x=\"{box[0]:F1}\" y=\"{box[1]:F1}\" width=\"{across:F1}\" height=\"{down:F1}\" "));
            svg.Append("fill=\"none\" stroke=\"#ff725c\" vector-effect=\"non-scaling-stroke\"/>");
        }

        return svg.Append("</svg>").ToString();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
