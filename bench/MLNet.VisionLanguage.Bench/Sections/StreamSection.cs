using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Many rows, one behind the other: memory and time a row must not grow.</summary>
internal sealed class StreamSection : ISection
{
    private const int Tenths = 10;

    public string Name => "stream";

    public string Description => "the scenes' model over a stream of rows (--rows): memory and cost a row";

    public void Run(Workbench bench, Report report)
    {
        var some = new RowMaker(Workbench.Scenes, bench.Answers, regions: 9).Make(Enumerable.Range(0, 997).Select(i => 5 + (i % 8)));
        using var model = bench.Load(bench.ScenesZip());
        // Until the just-in-time compiler has seen enough rows.
        Stream(View(30_000), 30_000);
        foreach (var count in new[] { 1_000, 10_000, 100_000 }.Where(count => count <= bench.Options.StreamRows))
        {
            // What making a view of objects costs is not a row's.
            var view = View(count);
            var seconds = Clock.Quantile(Enumerable.Range(0, 5).Select(_ => Clock.Seconds(() => Stream(view, count))), 0.5);
            report.Row($"{count} rows", $"{seconds / count * 1e6:F1} us a row");
        }

        var peaks = Stream(View(bench.Options.StreamRows), bench.Options.StreamRows, watch: true);
        report.Row(
            $"memory over {bench.Options.StreamRows} rows", $"{peaks[0]:F0} MB at most in the first tenth, {peaks[^1]:F0} MB in the last",
            $"{(peaks[^1] / peaks[0]) - 1:+0.0%;-0.0%}");

        IDataView View(int count) =>
            model.Transform(bench.Context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => some[i % some.Count])));

        // The most memory in use in each tenth, in MB; asking the system for it 200 times takes as long as a thousand rows.
        double[] Stream(IDataView view, int count, bool watch = false)
        {
            using var cursor = view.GetRowCursor([view.Schema["Score"]]);
            var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
            var (value, most) = (default(VBuffer<float>), new double[Tenths]);
            using var process = Process.GetCurrentProcess();
            for (var row = 0; cursor.MoveNext(); row++)
            {
                getter(ref value);
                if (!watch || row % Math.Max(1, count / 200) != 0) continue;
                process.Refresh();
                var tenth = (int)((long)row * Tenths / count);
                most[tenth] = Math.Max(most[tenth], process.WorkingSet64 / 1e6);
            }

            return most;
        }
    }
}
