using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLNet.VisionLanguage.Tool.Inspection;

/// <summary>What a file holds: facts, then lists. Written as text for people or as one JSON object.</summary>
/// <param name="Facts">Names and values, in order.</param>
/// <param name="Lists">Longer things: a name and its rows, each a set of named cells.</param>
internal sealed record FileReport(IReadOnlyList<KeyValuePair<string, object?>> Facts, IReadOnlyList<ReportList> Lists)
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string ToJson()
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in Facts)
            members[name] = value;
        foreach (var list in Lists)
            members[list.Name] = list.Rows.Select(row => list.Columns.Zip(row).ToDictionary(cell => cell.First, cell => cell.Second));
        return JsonSerializer.Serialize(members, Readable);
    }

    public void WriteTo(TextWriter output)
    {
        var width = Facts.Max(fact => fact.Key.Length);
        foreach (var (name, value) in Facts.Where(fact => fact.Value is not null))
            output.WriteLine($"{name.PadRight(width)}  {Text(value)}");
        foreach (var list in Lists.Where(list => list.Rows.Count > 0))
        {
            output.WriteLine();
            output.WriteLine(list.Name);
            var widths = Enumerable.Range(0, list.Columns.Count).Select(i => list.Rows.Max(row => Text(row[i]).Length)).ToArray();
            foreach (var row in list.Rows)
                output.WriteLine(("  " + string.Join("  ", row.Select((cell, i) => Text(cell).PadRight(widths[i])))).TrimEnd());
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        bool truth => truth ? "yes" : "no",
        string text => text,
        IEnumerable<long> numbers => $"[{string.Join(", ", numbers)}]",
        IEnumerable<string> texts => string.Join(", ", texts),
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}

/// <summary>A list of a report.</summary>
/// <param name="Name">What is listed.</param>
/// <param name="Columns">The names of the cells.</param>
/// <param name="Rows">The cells.</param>
internal sealed record ReportList(string Name, IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows);
