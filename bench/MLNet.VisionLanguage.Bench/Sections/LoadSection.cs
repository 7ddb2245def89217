using System.Diagnostics;
using Microsoft.ML;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Opening a model and scoring a first row, each in a process of its own.</summary>
internal sealed class LoadSection : ISection
{
    /// <summary>The first argument of such a process; the zip follows.</summary>
    public const string ChildCommand = "load-and-score";

    public string Name => "load";

    public string Description => "ViLBERT VQA: opening the zip and scoring a first row; the process's peak memory";

    public void Run(Workbench bench, Report report)
    {
        var (full, int8) = (bench.ViLbertZip(), bench.ViLbertZip(int8: true));
        double Size(string zip) => new FileInfo(zip).Length / 1e6;
        report.Row("float32: size of the zip", $"{Size(full):F0} MB");
        report.Row("int8: size of the zip", $"{Size(int8):F0} MB", $"{Size(int8) / Size(full):P1} of float32's");
        Measure(bench, report, "float32", full);
        Measure(bench, report, "int8", int8);
    }

    /// <summary>What such a process does: seconds and the peak of its memory in MB go to its output.</summary>
    public static void RunChild(string zip)
    {
        var watch = Stopwatch.StartNew();
        var context = new MLContext(1);
        var loaded = context.VisionLanguage().Load(zip);
        var model = (VisualQuestionAnsweringTransformer)(loaded is IEnumerable<ITransformer> parts ? parts.Single() : loaded);
        var opened = watch.Elapsed;
        var rows = new RowMaker(model.Model, model.Answers, Workbench.Regions).Make([10]);
        watch.Restart();
        model.Transform(context.Data.LoadFromEnumerable(rows)).Drain();
        Child.Print(opened.TotalSeconds, watch.Elapsed.TotalSeconds, Child.PeakMemory());
        model.Dispose();
    }

    private static void Measure(Workbench bench, Report report, string what, string zip)
    {
        var figures = Enumerable.Range(0, Math.Min(3, bench.Options.Rounds)).Select(_ => Child.Run(ChildCommand, zip)).ToList();
        double Median(int which) => Clock.Quantile(figures.Select(figure => figure[which]), 0.5);
        report.Row($"{what}: open", $"{Median(0):F2} s");
        report.Row($"{what}: first row", $"{Median(1):F2} s");
        report.Row($"{what}: peak memory", $"{Median(2):F0} MB");
    }
}
