using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>The same on a GPU, where libtorch finds one.</summary>
internal sealed class CudaSection : ISection
{
    public string Name => "cuda";

    public string Description => "ViLBERT VQA on a CUDA device";

    public void Run(Workbench bench, Report report)
    {
        if (!cuda.is_available())
        {
            report.Row("CUDA", "not measured: libtorch finds no CUDA device (this program references libtorch for CPUs)");
            return;
        }

        var device = torch.device("cuda:0");
        using (var scope = NewDisposeScope())
        using (no_grad())
        {
            const int Batch = 32;
            var rows = bench.RowMaker().Make(Enumerable.Repeat(Workbench.PaddedTokens, Batch));
            foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            {
                var weights = EagerWeights.Read(bench.Weights(), type, device: device);
                var inputs = EagerBatch.Of(rows, bench.ViLbert.RegionFeatureSize, bench.Answers, type, device);
                var model = new EagerViLbert(bench.ViLbert, weights) { IsFused = true };
                var seconds = Clock.Compare(bench.Options.Rounds, [new("eager", () => Run(model, inputs))]).Values.Single();
                report.Row($"scoring, batch {Batch}: TorchSharp eager {type}", $"{Batch / seconds:F1} rows/s");
            }
        }

        TrainingSection.Run(bench, report, nameof(TrainingDevice.Cuda));
    }

    private static void Run(EagerViLbert model, EagerBatch batch)
    {
        using (NewDisposeScope()) model.Run(batch);
        cuda.synchronize();
    }
}
