using Spectre.Console;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Display;

/// <summary>For a terminal: bars that move.</summary>
internal sealed class TerminalDisplay : IDisplay
{
    /// <summary>Short, so that the words beside it fit into 80 columns.</summary>
    private const int BarWidth = 10;

    public void Say(string text) => AnsiConsole.WriteLine(text);

    public void Run(string title, double total, Action<Action<double, string>> work) => AnsiConsole.Progress()
        .Columns(
            new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth },
            new PercentageColumn())
        .Start(context =>
        {
            var task = context.AddTask(Markup.Escape(title), maxValue: total);
            work((done, note) =>
            {
                task.Value = done;
                task.Description = Markup.Escape(note.Length == 0 ? title : $"{title}: {note}");
            });
            task.Value = total;
        });

    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows) => Tables.Write(head, rows);
}
