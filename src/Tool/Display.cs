using System.Diagnostics;
using Spectre.Console;

namespace MLNet.VisionLanguage.Tool;

/// <summary>How far a long piece of work is.</summary>
internal interface IMeter
{
    /// <summary>Shows a state; it may be passed over when another came just before.</summary>
    /// <param name="done">What is done.</param>
    /// <param name="total">What there is to do; 0 when unknown.</param>
    /// <param name="text">In words.</param>
    void Show(double done, double total, string text);

    /// <summary>Writes a line that stays.</summary>
    void Keep(string text);
}

/// <summary>Shows progress on the error stream: a moving bar for a person, lines now and then for a log.</summary>
internal static class Display
{
    public static T Run<T>(Terminal terminal, string title, Func<IMeter, T> work)
    {
        if (!terminal.ErrorIsTerminal) return work(new LineMeter(terminal));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return console.Progress().AutoClear(true)
            .Columns(
                new SpinnerColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context => work(new BarMeter(console, context.AddTask(Markup.Escape(title)))));
    }

    /// <summary>Hands items on, showing how many there were.</summary>
    public static IEnumerable<T> Count<T>(IEnumerable<T> items, IMeter meter, int total, string what, CancellationToken cancellation)
    {
        var done = 0;
        foreach (var item in items)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return item;
            meter.Show(++done, total, $"{what} {done} of {total}");
        }
    }

    /// <summary>Shows numbers of things done.</summary>
    public static IProgress<long> Progress(IMeter meter, long total, string what) => new Shown(meter, total, what);

    private sealed class Shown(IMeter meter, long total, string what) : IProgress<long>
    {
        public void Report(long value) => meter.Show(value, total, $"{value} of {total} {what}");
    }

    private sealed class LineMeter(Terminal terminal) : IMeter
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
        private readonly Stopwatch _sinceLine = Stopwatch.StartNew();

        public void Show(double done, double total, string text)
        {
            if (_sinceLine.Elapsed < Pause) return;
            Keep(text);
        }

        public void Keep(string text)
        {
            terminal.Note(text);
            _sinceLine.Restart();
        }
    }

    private sealed class BarMeter(IAnsiConsole console, ProgressTask task) : IMeter
    {
        public void Show(double done, double total, string text)
        {
            task.IsIndeterminate = total <= 0;
            task.MaxValue = Math.Max(1, total);
            task.Value = done;
            task.Description = Markup.Escape(text);
        }

        public void Keep(string text) => console.MarkupLineInterpolated($"vl: {text}");
    }
}
