using System.Diagnostics;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Search among stored embeddings on one core.</summary>
internal sealed class IndexSection : ISection
{
    private const int Images = 10_000;
    private const int Texts = 1000;

    public string Name => "index";

    public string Description => "a text's nearest of 10,000 images by stored embeddings, ms on one core";

    public void Run(Workbench bench, Report report)
    {
        foreach (var dimensions in new[] { 768, 256 })
        {
            var random = new Random(1);
            var index = EmbeddingIndex.Create(Make(bench.Options.IsTiny ? Images / 50 : Images), normalize: true);
            float[][] queries = [.. Make(bench.Options.IsTiny ? Texts / 50 : Texts).Select(text => text.Embedding)];
            foreach (var query in queries) index.Search(query);
            var times = queries.Select(query => Clock.Seconds(() => index.Search(query))).ToList();
            var alone = Processor(() =>
            {
                foreach (var query in queries) index.Search(query);
            });
            var together = Processor(() => index.Search(queries));
            report.Row(
                $"{dimensions} numbers an embedding, top 10", $"{1e3 * Clock.Quantile(times, 0.5):F2} ms",
                $"{1e3 * alone / queries.Length:F2} ms of a processor; {1e3 * together / queries.Length:F2} with {queries.Length} queries at once");

            IEnumerable<(string Id, float[] Embedding)> Make(int count) => Enumerable.Range(0, count).Select(i =>
                ($"{i}", Enumerable.Range(0, dimensions).Select(_ => random.NextSingle() - 0.5f).ToArray()));
        }
    }

    /// <summary>Seconds that this process had a processor, whatever else the machine does.</summary>
    private static double Processor(Action action)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        action();
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds;
    }
}
