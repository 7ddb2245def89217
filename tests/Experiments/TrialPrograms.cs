using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Training;

namespace MLNet.VisionLanguage.Tests.Experiments;

/// <summary>Trials that learn, and trials that do what a trial should not; this assembly runs them as a program, too.</summary>
internal static class TrialPrograms
{
    /// <summary>Runs an experiment of <see cref="Learning"/> with a checkpoint in FOLDER: prints "trial N" when one begins.</summary>
    public const string Command = "experiment";

    /// <summary>What a trial does beside learning; each is a value of parameter "does".</summary>
    public const string Learn = "learn", Abort = "abort", Allocate = "allocate", AllocateManaged = "allocate-managed", Endless = "endless", Diverge = "diverge";

    public static TrialCommand ThisAssembly { get; } =
        new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(TrialPrograms).Assembly.Location);

    /// <summary>Rates and epochs that are learnt in a second.</summary>
    public static SearchSpace Learning { get; } = new SearchSpace()
        .Add("rate", new UniformDoubleOption(1e-4, 1e-2, logBase: true, defaultValue: 2e-3))
        .Add("epochs", new UniformIntOption(1, 3, defaultValue: 2));

    public static SearchSpace Doing(params string[] things) => new SearchSpace().Add("does", new ChoiceOption([.. things]));

    public static IDataView Rows(MLContext ml, int images = 20, int seed = 1) => Questions.View(ml, Questions.Make(images, seed));

    public static VisionLanguageExperiment Create(MLContext ml, SearchSpace space) => ml.VisionLanguage().CreateExperiment()
        .SetDataset(Rows(ml), Rows(ml, 10, seed: 2)).SetPipeline(space, Pipeline);

    public static int Run(string folder)
    {
        using var result = Create(new MLContext(1), Learning).SetMaxModelToExplore(5).SetCheckpoint(folder).SetMonitor(new Printer()).Run();
        Console.WriteLine(result.BestTrial.TrialSettings.TrialId);
        return 0;
    }

    public static IEstimator<ITransformer> Pipeline(Trial trial)
    {
        var does = trial.Parameters.Get("does", Learn);
        var options = trial.Watch(Questions.Options(o =>
        {
            o.LearningRate = does == Diverge ? 1e30 : trial.Parameters.Get("rate", 2e-3);
            o.Epochs = trial.Parameters.Get("epochs", 1);
        }));
        IEstimator<ITransformer> before = does switch
        {
            Abort => new Misbehaving(() => Native.Abort()),
            Allocate => new Misbehaving(() => TakeMemory(_ => Touch(Marshal.AllocHGlobal(Chunk)))),
            AllocateManaged => new Misbehaving(() => TakeMemory(held => held.Add(new byte[Chunk]))),

            // A trial that never ends: what ends it is the experiment's limit, not this sleep.
            Endless => new Misbehaving(() => Thread.Sleep(Timeout.Infinite)),
            _ => new EstimatorChain<ITransformer>(),
        };
        return before.Append(trial.Context.VisionLanguage().Trainers.VisualQuestionAnswering(options), trial.Validation);
    }

    private const int Chunk = 1 << 24;

    private static void TakeMemory(Action<List<object>> take)
    {
        // In steps, so that a limit is met on the way and the machine is not: 16 MiB every 5 ms.
        for (var held = new List<object>(); ; Thread.Sleep(5)) take(held);
    }

    private static unsafe void Touch(IntPtr memory) => new Span<byte>((void*)memory, Chunk).Fill(1);

    private static class Native
    {
        [DllImport("libc", EntryPoint = "abort")]
        public static extern void Abort();
    }

    private sealed class Misbehaving(Action action) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input)
        {
            action();
            throw new InvalidOperationException("It should not have come to this.");
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema;
    }

    private sealed class Printer : MonitorLog
    {
        public override void ReportRunningTrial(TrialSettings settings)
        {
            base.ReportRunningTrial(settings);
            Console.WriteLine($"trial {settings.TrialId}");
            Console.Out.Flush();
        }
    }
}

/// <summary>Notes what it hears.</summary>
internal class MonitorLog : IMonitor
{
    public List<TrialSettings> Running { get; } = [];

    public List<TrialResult> Completed { get; } = [];

    public List<TrialResult> Best { get; } = [];

    public List<TrialResult> Failed { get; } = [];

    public List<TrialEpoch> Epochs { get; } = [];

    public Action<TrialResult> WhenCompleted { get; init; } = _ => { };

    public virtual void ReportRunningTrial(TrialSettings settings) => Running.Add(settings);

    public void ReportCompletedTrial(TrialResult result)
    {
        Completed.Add(result);
        WhenCompleted(result);
    }

    public void ReportBestTrial(TrialResult result) => Best.Add(result);

    public void ReportFailTrial(TrialResult result) => Failed.Add(result);

    public void ReportEpoch(TrialSettings settings, TrialEpoch epoch) => Epochs.Add(epoch);
}
