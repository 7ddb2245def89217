namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>
/// Updates of ViLBERT on equal batches: the trainer, and a plain TorchSharp program with its stock AdamW. Each trains in a process of its
/// own: what the one has left of the heap would spare the next one asking the system for memory.
/// </summary>
internal sealed class TrainingSection : ISection
{
    public string Name => "training";

    public string Description => "ViLBERT VQA, training on equal batches of 8 (23 tokens, 36 regions), all threads, each in a process of its own";

    public void Run(Workbench bench, Report report) => Run(bench, report, nameof(TrainingDevice.Cpu));

    /// <summary>Measures on a device.</summary>
    public static void Run(Workbench bench, Report report, string device)
    {
        bench.Weights();
        var updates = Math.Clamp(bench.Options.Rounds, 2, 7);
        var times = new Dictionary<string, double>();
        foreach (var (name, work) in new (string, string)[]
        {
            ("this library float32", TrainingWork.Float32), ("this library bfloat16", TrainingWork.BFloat16),
            ("TorchSharp with its AdamW, float32", TrainingWork.Eager), ("TorchSharp with its AdamW, bfloat16 autocast", TrainingWork.EagerAutocast),
        })
        {
            if (work == TrainingWork.EagerAutocast && !EagerAutocast.IsThere)
            {
                report.Row(name, "not measured: this libtorch does not export autocast's switches");
                continue;
            }

            var seconds = times[work] = Clock.Quantile(Times(work, updates), 0.5);
            report.Row(
                name, $"{TrainingWork.Batch / seconds:F2} rows/s",
                $"this library's float32 is {seconds / times[TrainingWork.Float32]:F2} times as fast"
                + (times.TryGetValue(TrainingWork.BFloat16, out var half) ? $", its bfloat16 {seconds / half:F2} times" : ""));
        }

        double chance = Times(TrainingWork.RealLengths, 3 * updates).Average(), bucketed = Times(TrainingWork.Bucketed, 3 * updates).Average();
        report.Row("this library float32, questions of VQA v2's lengths", $"{TrainingWork.Batch / chance:F2} rows/s");
        report.Row(
            "the same with BucketByLength", $"{TrainingWork.Batch / bucketed:F2} rows/s",
            $"{times[TrainingWork.Float32] / bucketed:F2} times as fast as padded to 23 tokens, {chance / bucketed:F2} times as by chance");
        double[] kept = Measure(TrainingWork.Large, 2), again = Measure(TrainingWork.LargeCheckpointed, 2);
        report.Row($"batches of {TrainingWork.LargeBatch}", $"{TrainingWork.LargeBatch / kept[1]:F2} rows/s, {kept[0]:F0} MB at most");
        report.Row(
            "the same with GradientCheckpointing", $"{TrainingWork.LargeBatch / again[1]:F2} rows/s, {again[0]:F0} MB at most",
            $"{again[1] / kept[1]:F2} times as long");

        double[] Times(string work, int count) => Measure(work, count)[1..];

        double[] Measure(string work, int count) => Child.Run(
        [
            TrainingWork.Command, work, device, $"{count}", "--folder", bench.Options.Folder, .. bench.Options.IsTiny ? new[] { "--tiny" } : [],
        ]);
    }
}
