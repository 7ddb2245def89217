using Microsoft.ML;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Questions as long as VQA v2's, from text and regions to scores.</summary>
internal sealed class RealLengthsSection : ISection
{
    /// <summary>What an image of VQA v2 has on average.</summary>
    private const int QuestionsOfImage = 5;

    /// <summary>So many questions take minutes; more than this would not change a median.</summary>
    private const int MostRounds = 3;

    public string Name => "real-lengths";

    public string Description => "ViLBERT VQA, questions of VQA v2's lengths end to end, from text and region rows through IDataView";

    public void Run(Workbench bench, Report report)
    {
        var count = bench.Options.IsTiny ? 20 : bench.Options.Questions;
        var maker = bench.RowMaker();
        var real = maker.Make(maker.RealLengths(count), QuestionsOfImage);
        var padded = maker.Make(Enumerable.Repeat(Workbench.PaddedTokens, count), QuestionsOfImage);
        var tokenizer = bench.Context.Transforms.TokenizeText(RowMaker.Vocabulary(bench.ViLbert.VocabularySize), nameof(BenchRow.Question))
            .Fit(bench.Context.Data.LoadFromEnumerable(real));
        IDataView Tokens(List<BenchRow> rows) => tokenizer.Transform(bench.Context.Data.LoadFromEnumerable(rows));
        using var model = bench.Load(bench.ViLbertZip());
        var plain = new MLContext(1).Model.Load(bench.ViLbertZip(), out _);

        var few = Tokens(real[..20]);
        report.Compare("ML.NET's OnnxTransformer, row by row", model.Transform(few).Scores(), plain.Transform(few).Scores(), 1e-4);
        const string Real = "this library", Padded = "this library, all padded to 23 tokens", RowByRow = "ML.NET's OnnxTransformer, row by row";
        var times = Clock.CompareWarm(Math.Min(bench.Options.Rounds, MostRounds),
        [
            new(Real, () => model.Transform(Tokens(real)).Drain()),
            new(Padded, () => model.Transform(Tokens(padded)).Drain()),
            new(RowByRow, () => plain.Transform(Tokens(real)).Drain()),
        ]);
        (plain as IDisposable)?.Dispose();
        report.Row($"mean tokens of {count} questions", $"{real.Average(row => row.InputIds.Length):F2}");
        foreach (var (name, seconds) in times)
            report.Row(name, $"{count / seconds:F1} rows/s", $"{Real} is {seconds / times[Real]:F2} times as fast");
    }
}
