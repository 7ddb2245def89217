using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Where ONNX Runtime spends its time in ViLBERT's graph, by its own profiler.</summary>
internal sealed class GraphSection : ISection
{
    private const int Batch = 8, Runs = 5, Shown = 25;

    public string Name => "graph";

    public string Description => "ViLBERT VQA's graph under ONNX Runtime's profiler: nodes of a run by operator, batch 8";

    public void Run(Workbench bench, Report report)
    {
        foreach (var int8 in new[] { false, true }) Run(bench, report, int8);
    }

    private static void Run(Workbench bench, Report report, bool int8)
    {
        using var model = bench.Load(bench.ViLbertZip(int8));
        var prefix = Path.Combine(Path.GetTempPath(), $"bench-{Environment.ProcessId}");
        var rows = bench.RowMaker().Make(Enumerable.Repeat(Workbench.PaddedTokens, Batch));
        string file;
        using (var options = new SessionOptions { EnableProfiling = true, ProfileOutputPathPrefix = prefix })
        using (var session = new InferenceSession(model.ModelPath, options))
        using (var run = new RunOptions())
        {
            var feeds = LatencySection.Feeds(rows);
            var values = session.InputNames.Select(name => feeds[name].ToOrtValue()).ToList();
            for (var i = 0; i < Runs; i++)
            {
                using var outputs = session.Run(run, session.InputNames, values, session.OutputNames);
            }

            foreach (var value in values) value.Dispose();
            file = session.EndProfiling();
        }

        var nodes = Nodes(file).ToList();
        File.Delete(file);
        var total = nodes.Sum(node => node.Microseconds);
        report.Row($"{(int8 ? "int8" : "float32")}: nodes of a run", $"{nodes.Count / Runs}", $"{total / Runs / 1e3:F0} ms");
        foreach (var kind in nodes.GroupBy(node => node.Operation).OrderByDescending(kind => kind.Sum(node => node.Microseconds)).Take(Shown))
            report.Row($"{(int8 ? "int8" : "float32")}: {kind.Key}", $"{kind.Count() / Runs} nodes", $"{kind.Sum(node => node.Microseconds) / total:P1}");
    }

    private static IEnumerable<(string Operation, double Microseconds)> Nodes(string profile)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(profile));
        foreach (var happening in json.RootElement.EnumerateArray())
        {
            if (happening.TryGetProperty("args", out var arguments) && arguments.TryGetProperty("op_name", out var operation)
                && happening.GetProperty("name").GetString()!.EndsWith("_kernel_time", StringComparison.Ordinal))
            {
                yield return (operation.GetString()!, happening.GetProperty("dur").GetDouble());
            }
        }
    }
}
