using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Single predictions beside the bare session's run of the same row.</summary>
internal sealed class LatencySection : ISection
{
    private const int Questions = 50;

    public string Name => "latency";

    public string Description => "PredictionEngine over ViLBERT VQA, one row at a time";

    public void Run(Workbench bench, Report report)
    {
        var maker = bench.RowMaker();
        var rows = maker.Make(maker.RealLengths(bench.Options.IsTiny ? 4 : Math.Max(Questions, bench.Options.Rounds)));
        using var model = bench.Load(bench.ViLbertZip());
        using var session = new OnnxRunner(model.ModelPath);
        using var engine = bench.Context.Model.CreatePredictionEngine<BenchRow, BenchScore>(
            model, new PredictionEngineOptions { OwnsTransformer = false });
        var (predictions, runs) = (new List<double>(), new List<double>());
        var told = new BenchScore();
        foreach (var row in rows.Prepend(rows[0]))
        {
            var feeds = Feeds([row]);
            float[] bare = [];
            predictions.Add(Clock.Seconds(() => engine.Predict(row, ref told)));
            runs.Add(Clock.Seconds(() => bare = session.Run(feeds)[Column.HelperPrefix + "Score"].Singles));
            if (runs.Count == 1) report.Compare("PredictionEngine and the bare session", bare, told.Score, 1e-6);
        }

        // The first of each was a warm-up.
        Tell("p50", 0.5);
        Tell("p95", 0.95);

        void Tell(string name, double share)
        {
            var (own, bare) = (Clock.Quantile(predictions.Skip(1), share), Clock.Quantile(runs.Skip(1), share));
            report.Row($"{name} of PredictionEngine", $"{own * 1e3:F1} ms", $"{own / bare:F2} times the bare session's {bare * 1e3:F1} ms");
        }
    }

    /// <summary>Rows of equal lengths as the graph's inputs.</summary>
    public static Dictionary<string, OnnxTensor> Feeds(IReadOnlyList<BenchRow> rows)
    {
        long count = rows.Count, tokens = rows[0].InputIds.Length, regions = rows[0].RegionBoxes.Length / 4;
        T[] All<T>(Func<BenchRow, T[]> column) => [.. rows.SelectMany(column)];
        return new(StringComparer.Ordinal)
        {
            [Column.HelperPrefix + nameof(BenchRow.InputIds)] = OnnxTensor.Of(All(row => row.InputIds), count, tokens),
            [Column.HelperPrefix + nameof(BenchRow.AttentionMask)] = OnnxTensor.Of(All(row => row.AttentionMask), count, tokens),
            [Column.HelperPrefix + nameof(BenchRow.TokenTypeIds)] = OnnxTensor.Of(All(row => row.TokenTypeIds), count, tokens),
            [Column.HelperPrefix + nameof(BenchRow.RegionFeatures)] =
                OnnxTensor.Of(All(row => row.RegionFeatures), count, regions, rows[0].RegionFeatures.Length / regions),
            [Column.HelperPrefix + nameof(BenchRow.RegionBoxes)] = OnnxTensor.Of(All(row => row.RegionBoxes), count, regions, 4),
            [Column.HelperPrefix + nameof(BenchRow.ImageSize)] = OnnxTensor.Of(All(row => row.ImageSize), count, 2),
        };
    }
}
