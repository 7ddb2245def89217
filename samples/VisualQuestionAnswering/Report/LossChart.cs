using System.Globalization;
using System.Text;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Report;

/// <summary>The loss over the updates and the validation accuracy after each epoch, as one SVG picture.</summary>
internal static class LossChart
{
    private const int Width = 720;
    private const int Height = 260;
    private const int Left = 52;
    private const int Right = 48;
    private const int Top = 14;
    private const int Bottom = 34;
    private const int Ticks = 4;

    public static string Draw(TrainingRecord record)
    {
        var updates = record.Losses.Select(point => point.Update).Concat(record.Epochs.Select(point => point.Update));
        var last = updates.DefaultIfEmpty(1).Max();
        var most = Math.Max(1e-9, record.Losses.Select(point => point.Loss).DefaultIfEmpty(1).Max());
        var svg = new StringBuilder();
        Add(svg, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Loss and validation accuracy\">");
        for (var tick = 0; tick <= Ticks; tick++)
        {
            var share = tick / (double)Ticks;
            Add(svg, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(share):F1}\" y2=\"{Y(share):F1}\"/>");
            Add(svg, $"<text class=\"loss\" x=\"{Left - 6}\" y=\"{Y(share) + 4:F1}\" text-anchor=\"end\">{share * most:F2}</text>");
            Add(svg, $"<text class=\"score\" x=\"{Width - Right + 6}\" y=\"{Y(share) + 4:F1}\">{share:P0}</text>");
            Add(svg, $"<text x=\"{X(share):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{share * last:F0}</text>");
        }

        var losses = Points(record.Losses.Select(point => (point.Update / (double)last, point.Loss / most)));
        var scores = Points(record.Epochs.Select(point => (point.Update / (double)last, point.ValidationScore)));
        Add(svg, $"<polyline class=\"loss\" points=\"{losses}\"/><polyline class=\"score\" points=\"{scores}\"/>");
        Add(svg, $"<text x=\"{Left}\" y=\"{Height - 2}\">updates</text></svg>");
        return svg.ToString();
    }

    private static string Points(IEnumerable<(double X, double Y)> shares) =>
        string.Join(' ', shares.Select(share => string.Create(CultureInfo.InvariantCulture, $"{X(share.X):F1},{Y(share.Y):F1}")));

    private static double X(double share) => Left + (share * (Width - Left - Right));

    private static double Y(double share) => Height - Bottom - (share * (Height - Top - Bottom));

    private static void Add(StringBuilder svg, FormattableString text) => svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));
}
