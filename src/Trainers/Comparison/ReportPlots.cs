using System.Globalization;
using System.Net;
using System.Text;

namespace MLNet.VisionLanguage.Comparison;

/// <summary>Plots of the report as SVG.</summary>
internal static class ReportPlots
{
    private const int Width = 640;
    private const int Left = 190;
    private const int Bar = 16;
    private const int Side = 300;
    private const int Margin = 40;
    private const int Line = 22;

    private static readonly string[] Colours =
        ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0"];

    public static string ColourOf(int model) => Colours[model % Colours.Length];

    /// <summary>Bars from 0 to 100 for each group and model.</summary>
    /// <param name="groups">The groups, top to bottom.</param>
    /// <param name="value">The number of a group and a model, or null.</param>
    /// <param name="models">How many models there are.</param>
    public static string Bars(IReadOnlyList<string> groups, Func<string, int, double?> value, int models)
    {
        var group = (models * Bar) + 10;
        var svg = Begin(Width, (groups.Count * group) + 30);
        foreach (var percent in new[] { 0, 25, 50, 75, 100 })
        {
            var x = X(percent);
            svg.Append(Invariant($"<line x1='{x}' x2='{x}' y1='0' y2='{groups.Count * group}' class='grid'/>"));
            svg.Append(Invariant($"<text x='{x}' y='{(groups.Count * group) + 16}' text-anchor='middle'>{percent}</text>"));
        }

        foreach (var (i, name) in groups.Index())
        {
            svg.Append(Invariant($"<text x='{Left - 8}' y='{(i * group) + (models * Bar / 2.0) + 5}' text-anchor='end'>{Escape(Short(name))}</text>"));
            for (var model = 0; model < models; model++)
            {
                if (value(name, model) is not { } number) continue;
                var y = (i * group) + (model * Bar);
                svg.Append(Invariant($"<rect x='{Left}' y='{y}' width='{X(number) - Left:F1}' height='{Bar - 2}' fill='{ColourOf(model)}'/>"));
                svg.Append(Invariant($"<text x='{X(number) + 4:F1}' y='{y + 12}' class='small'>{number:F2}</text>"));
            }
        }

        return End(svg);

        static double X(double percent) => Left + ((Width - Left - 50) * percent / 100);
    }

    /// <summary>Curves in the unit square.</summary>
    /// <param name="curves">Each model's points.</param>
    /// <param name="horizontal">What goes to the right.</param>
    /// <param name="vertical">What goes up.</param>
    /// <param name="diagonal">Whether the diagonal, where both are equal, is drawn.</param>
    /// <param name="ticks">What stands at 0 and at 1 to the right.</param>
    public static string Curves(
        IReadOnlyList<IReadOnlyList<(double X, double Y)>> curves, string horizontal, string vertical, bool diagonal, (string Zero, string One) ticks)
    {
        var svg = Begin(Side + (2 * Margin), Side + (2 * Margin));
        svg.Append(Invariant($"<rect x='{Margin}' y='{Margin / 2}' width='{Side}' height='{Side}' class='frame'/>"));
        if (diagonal) svg.Append(Invariant($"<line x1='{X(0)}' y1='{Y(0)}' x2='{X(1)}' y2='{Y(1)}' class='grid'/>"));
        foreach (var (model, points) in curves.Index())
        {
            var path = string.Join(' ', points.Select(point => Invariant($"{X(point.X):F1},{Y(point.Y):F1}")));
            svg.Append(Invariant($"<polyline points='{path}' fill='none' stroke='{ColourOf(model)}' stroke-width='2'/>"));
            foreach (var (x, y) in points) svg.Append(Invariant($"<circle cx='{X(x):F1}' cy='{Y(y):F1}' r='3' fill='{ColourOf(model)}'/>"));
        }

        foreach (var (place, text) in new[] { (X(0), ticks.Zero), (X(1), ticks.One) })
            svg.Append(Invariant($"<text x='{place}' y='{Y(0) + 16}' text-anchor='middle'>{text}</text>"));
        svg.Append(Invariant($"<text x='{X(0.5)}' y='{Y(0) + 30}' text-anchor='middle'>{Escape(horizontal)}</text>"));
        svg.Append(Invariant($"<text x='{X(0) - 6}' y='{Y(1) + 10}' text-anchor='end'>1</text><text x='{X(0) - 6}' y='{Y(0)}' text-anchor='end'>0</text>"));
        svg.Append(Invariant($"<text x='14' y='{Y(0.5)}' text-anchor='middle' transform='rotate(-90 14 {Y(0.5)})'>{Escape(vertical)}</text>"));
        return End(svg);

        static double X(double share) => Margin + (share * Side);

        static double Y(double share) => (Margin / 2.0) + ((1 - share) * Side);
    }

    /// <summary>Differences with their intervals around 0, in percentage points.</summary>
    public static string Intervals(IReadOnlyList<PairedDifference> differences)
    {
        var (least, most) = (Math.Min(0, differences.Min(pair => pair.Lower)), Math.Max(1e-3, differences.Max(pair => pair.Upper)));
        const int From = 330;
        var svg = Begin(Width + 140, (differences.Count * Line) + 30);
        var bottom = differences.Count * Line;
        svg.Append(Invariant($"<line x1='{X(0):F1}' x2='{X(0):F1}' y1='0' y2='{bottom}' class='grid'/>"));
        svg.Append(Invariant($"<text x='{X(0):F1}' y='{bottom + 16}' text-anchor='middle'>0</text>"));
        foreach (var (i, pair) in differences.Index())
        {
            var y = (i * Line) + 12;
            var colour = pair.IsSignificant ? "#3ca951" : "#9498a0";
            svg.Append(Invariant($"<text x='{From - 12}' y='{y + 4}' text-anchor='end'>{Escape(Short(pair.Better))} − {Escape(Short(pair.Other))}</text>"));
            svg.Append(Invariant($"<line x1='{X(pair.Lower):F1}' x2='{X(pair.Upper):F1}' y1='{y}' y2='{y}' stroke='{colour}' stroke-width='3'/>"));
            svg.Append(Invariant($"<circle cx='{X(pair.Difference):F1}' cy='{y}' r='4'/>"));
            svg.Append(Invariant($"<text x='{X(pair.Upper) + 8:F1}' y='{y + 4}' class='small'>{pair.Difference:F2}</text>"));
        }

        return End(svg);

        double X(double points) => From + ((points - least) / (most - least) * (Width + 80 - From));
    }

    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Short(string text) => text.Length <= 28 ? text : text[..27] + "…";

    private static StringBuilder Begin(int width, int height) => new(
        Invariant($"<svg viewBox='0 0 {width} {height}' width='{width}' height='{height}' role='img'>"));

    private static string End(StringBuilder svg) => svg.Append("</svg>\n").ToString();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
