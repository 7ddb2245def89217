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
            var times = queries.Select(query => Clock.Seconds(() => index.Search(query))).ToList();
            var together = Clock.Seconds(() => index.Search(queries)) / queries.Length;
            report.Row(
                $"{dimensions} numbers an embedding, top 10", $"{1e3 * Clock.Quantile(times, 0.5):F2} ms",
                $"p95 {1e3 * Clock.Quantile(times, 0.95):F2} ms; {queries.Length} queries at once {1e3 * together:F2} ms each");

            IEnumerable<(string Id, float[] Embedding)> Make(int count) => Enumerable.Range(0, count).Select(i =>
                ($"{i}", Enumerable.Range(0, dimensions).Select(_ => random.NextSingle() - 0.5f).ToArray()));
        }
    }
}
