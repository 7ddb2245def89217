namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Several questions about each image, beside as many about an image each.</summary>
internal sealed class ReuseSection : ISection
{
    /// <summary>What an image of VQA v2 has on average.</summary>
    private const int QuestionsOfImage = 5;

    private const int Questions = 320;

    public string Name => "reuse";

    public string Description => "LXMERT VQA, questions of VQA v2's lengths: five about an image, and one about each of as many images";

    public void Run(Workbench bench, Report report)
    {
        var maker = new RowMaker(bench.Lxmert, bench.Answers, Workbench.Regions);
        List<int> lengths = [.. maker.RealLengths(bench.Options.IsTiny ? 20 : Math.Min(Questions, bench.Options.Questions))];
        var shared = maker.Make(lengths, QuestionsOfImage);
        var alone = shared.Select(row => row.About(maker.Make([2])[0])).ToList();
        using var model = bench.Load(bench.LxmertZip());
        var (sharing, each) = (bench.Context.Data.LoadFromEnumerable(shared), bench.Context.Data.LoadFromEnumerable(alone));
        report.Compare("five about an image, and one at a time", model.Transform(sharing).Scores(), model.TransformInBatches(sharing, 1).Scores(), 1e-4);

        const string Shared = "five questions about an image", Alone = "one question about an image";
        var times = Clock.Compare(Math.Min(3, bench.Options.Rounds),
        [
            new(Shared, () => model.Transform(sharing).Drain()),
            new(Alone, () => model.Transform(each).Drain()),
        ]);
        foreach (var (name, seconds) in times)
            report.Row(name, $"{lengths.Count / seconds:F1} rows/s", $"{Shared}: {seconds / times[Shared]:F2} times as fast");
    }
}
