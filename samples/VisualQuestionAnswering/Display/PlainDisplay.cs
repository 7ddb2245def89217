using System.Diagnostics;
using System.Globalization;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Display;

/// <summary>For a file or a pipe: a line now and then.</summary>
internal sealed class PlainDisplay : IDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    public void Say(string text) => Console.WriteLine(text);

    public void Run(string title, double total, Action<Action<double, string>> work)
    {
        var watch = Stopwatch.StartNew();
        var next = TimeSpan.Zero;
        var last = "";
        work((done, note) =>
        {
            last = note;
            if (watch.Elapsed < next)
                return;
            next = watch.Elapsed + Pause;
            Write(string.Create(CultureInfo.InvariantCulture, $"{done / total,4:P0}"), note);
        });
        Write("done", last);

        void Write(string state, string note) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{title}: {state}{(note.Length == 0 ? "" : ", ")}{note} ({watch.Elapsed.TotalSeconds:F0} s)"));
    }

    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows) => Tables.Write(head, rows);
}
