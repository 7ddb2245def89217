namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>What the scoring view costs beside the session's runs.</summary>
internal sealed class OverheadSection : ISection
{
    public string Name => "overhead";

    public string Description => "scoring view: all but the session's Run";

    public void Run(Workbench bench, Report report)
    {
        var rows = bench.RowMaker().Make(Enumerable.Repeat(Workbench.PaddedTokens, 16));
        var (total, inSession, _) = Measure(bench, bench.ViLbertZip(), rows, batch: 8);
        report.Row("ViLBERT, batch 8", $"{(total - inSession) / total:P1} of the time");

        var scenes = new RowMaker(Workbench.Scenes, bench.Answers, regions: 9).Make(Enumerable.Repeat(9, 2048));
        var (whole, session, count) = Measure(bench, bench.ScenesZip(), scenes, batch: 64);
        report.Row("the scenes' model, batch 64", $"{(whole - session) / count * 1e6:F1} us a row", $"of {whole / count * 1e6:F1} us a row");
    }

    private static (double Total, double InSession, int Rows) Measure(Workbench bench, string zip, List<BenchRow> rows, int batch)
    {
        using var model = bench.Load(zip);
        var view = bench.Context.Data.LoadFromEnumerable(rows);
        model.TransformInBatches(view, batch).Drain();
        var (totals, sessions) = (new List<double>(), new List<double>());
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            var before = model.TimeInSession;
            totals.Add(Clock.Seconds(() => model.TransformInBatches(view, batch).Drain()));
            sessions.Add((model.TimeInSession - before).TotalSeconds);
        }

        var share = Clock.Quantile(totals.Zip(sessions, (total, session) => session / total), 0.5);
        var median = Clock.Quantile(totals, 0.5);
        return (median, median * share, rows.Count);
    }
}
