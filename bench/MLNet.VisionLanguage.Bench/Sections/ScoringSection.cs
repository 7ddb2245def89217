using Microsoft.ML;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Equal padded batches: this library, plain TorchSharp, ML.NET's OnnxTransformer and PyTorch.</summary>
internal sealed class ScoringSection : ISection
{
    private const double Tolerance = 1e-4;

    /// <summary>bfloat16 and int8 keep 8 bits of a number; the random weights are large.</summary>
    private const double CoarseTolerance = 0.1;

    /// <summary>Where the distribution's PyTorch has no BLAS, a batch takes it half a minute in float32.</summary>
    private const int PytorchBatch = 8;

    public string Name => "scoring";

    public string Description => "ViLBERT VQA, rows/s on equal padded inputs (23 tokens, 36 regions)";

    public void Run(Workbench bench, Report report)
    {
        foreach (var batch in bench.Options.IsTiny ? new[] { 8 } : [8, 32, 1]) Run(bench, report, batch);
    }

    private static void Run(Workbench bench, Report report, int batch)
    {
        var rows = bench.RowMaker().Make(Enumerable.Repeat(Workbench.PaddedTokens, batch));
        var view = bench.Context.Data.LoadFromEnumerable(rows);
        using var model = bench.Load(bench.ViLbertZip());
        using var int8 = bench.Load(bench.ViLbertZip(int8: true));
        var plain = new MLContext(1).Model.Load(bench.ViLbertZip(), out _);
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var full = EagerWeights.Read(bench.Weights(), ScalarType.Float32);
        var half = full.ToDictionary(pair => pair.Key, pair => pair.Value.to(ScalarType.BFloat16));
        EagerBatch Batch(ScalarType type) => EagerBatch.Of(rows, bench.ViLbert.RegionFeatureSize, bench.Answers, type);
        var (inFull, inHalf) = (Batch(ScalarType.Float32), Batch(ScalarType.BFloat16));
        (string Name, EagerViLbert Model, EagerBatch Batch)[] eager =
        [
            ("TorchSharp eager float32", new(bench.ViLbert, full), inFull),
            ("TorchSharp eager float32 with SDPA", new(bench.ViLbert, full) { IsFused = true }, inFull),
            ("TorchSharp eager bfloat16", new(bench.ViLbert, half), inHalf),
        ];

        const string Ours = "this library float32", Int8 = "this library int8", RowByRow = "ML.NET's OnnxTransformer, row by row";
        var expected = model.TransformInBatches(view, batch).Scores();
        report.Compare($"batch {batch}: {RowByRow}", expected, plain.Transform(view).Scores(), Tolerance);
        report.Compare($"batch {batch}: {Int8}", expected, int8.TransformInBatches(view, batch).Scores(), CoarseTolerance);
        foreach (var (name, program, inputs) in eager)
            report.Compare($"batch {batch}: {name}", expected, Scores(program, inputs), inputs == inHalf ? CoarseTolerance : Tolerance);

        using var pytorch = batch == PytorchBatch ? Pytorch.Start(bench, inFull) : null;
        if (pytorch is not null)
        {
            report.Compare($"batch {batch}: PyTorch eager float32", expected, pytorch.Scores(Pytorch.Float32), Tolerance);
            report.Compare($"batch {batch}: PyTorch dynamic int8", expected, pytorch.Scores(Pytorch.Int8), CoarseTolerance);
        }

        int[] threads = Environment.ProcessorCount > 1 ? [1, 2] : [1];
        var times = Clock.Compare(bench.Options.Rounds,
        [
            new(Ours, () => model.TransformInBatches(view, batch).Drain()),
            new(Int8, () => int8.TransformInBatches(view, batch).Drain()),
            new(RowByRow, () => plain.Transform(view).Drain()),
            .. eager.SelectMany(one => threads.Select(count => new Contender($"{one.Name} {count}", () => OnThreads(count, one.Model, one.Batch)))),
            .. threads.Where(_ => pytorch is not null).Select(count => new Contender($"PyTorch {count}", () => pytorch!.Score(Pytorch.Int8, count))),
        ]);
        (plain as IDisposable)?.Dispose();

        void Tell(string name, double seconds) => report.Row(
            $"batch {batch}: {name}", $"{batch / seconds:F1} rows/s",
            $"float32 of this library is {seconds / times[Ours]:F2} times as fast, int8 {seconds / times[Int8]:F2} times");
        Tell(Ours, times[Ours]);
        Tell(Int8, times[Int8]);
        Tell(RowByRow, times[RowByRow]);
        foreach (var (name, _, _) in eager) Tell(name, threads.Min(count => times[$"{name} {count}"]));
        if (pytorch is not null)
        {
            Tell($"PyTorch {pytorch.Version}, dynamic int8", threads.Min(count => times[$"PyTorch {count}"]));
            Tell($"PyTorch {pytorch.Version}, eager float32 (one run)", Clock.Seconds(() => pytorch.Score(Pytorch.Float32, threads[^1])));
        }
        else if (batch == PytorchBatch)
        {
            report.Row($"batch {batch}: PyTorch", "not measured: no python3 here imports torch");
        }
    }

    private static float[] Scores(EagerViLbert model, EagerBatch batch)
    {
        using var scope = NewDisposeScope();
        return model.Run(batch).to(ScalarType.Float32).sigmoid().contiguous().data<float>().ToArray();
    }

    private static void OnThreads(int threads, EagerViLbert model, EagerBatch batch)
    {
        var before = get_num_threads();
        set_num_threads(threads);
        using (NewDisposeScope()) model.Run(batch);
        set_num_threads(before);
    }
}
