using Spectre.Console;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Display;

internal static class Tables
{
    /// <summary>A table; the first column is text, the others are figures.</summary>
    public static void Write(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Ascii2 };
        foreach (var (title, i) in head.Select((title, i) => (title, i)))
            table.AddColumn(new TableColumn(Markup.Escape(title)) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        foreach (var row in rows)
            table.AddRow(row.Select(Markup.Escape).ToArray());
        AnsiConsole.Write(table);
    }
}
