using System.Collections.Concurrent;
using System.Text;
using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Experiments;

namespace MLNet.VisionLanguage;

/// <summary>The side of a trial in a process of its own: a program whose Main begins with <see cref="TryRun"/> can be a <see cref="TrialCommand"/>.</summary>
public static class TrialProcess
{
    /// <summary>The argument by which a program knows that it is to run a trial.</summary>
    public const string Verb = "run-vision-language-trial";

    /// <summary>What begins the lines of the trial on standard output; native libraries write there too.</summary>
    internal const string Mark = "trial-epoch ";

    internal const string GoOn = "go";
    internal const string Stop = "stop";

    /// <summary>Runs a trial, if the arguments ask for one; the program should end then.</summary>
    /// <param name="args">The program's arguments.</param>
    /// <param name="pipeline">
    /// Makes the pipeline of <see cref="VisionLanguageExperiment.SetPipeline"/>, the same as the experiment's; null for a program whose experiments
    /// only have search spaces.
    /// </param>
    /// <param name="metrics">Metrics beside <see cref="ExperimentMetric.All"/>.</param>
    /// <returns>Whether it was a trial.</returns>
    public static bool TryRun(
        IReadOnlyList<string> args, Func<Trial, IEstimator<ITransformer>>? pipeline = null, IEnumerable<ExperimentMetric>? metrics = null)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args is not [Verb, var path]) return false;
        var request = TrialJson.Read<TrialRequest>(File.ReadAllText(path));
        var context = new MLContext(request.Settings.Seed);
        var work = new TrialWork(context, Plan(), request.Settings, request.ModelPath);
        using var parent = new Parent();
        var result = work.Run(parent.Ask, CancellationToken.None);
        AtomicFile.Write(request.ResultPath, stream => stream.Write(Encoding.UTF8.GetBytes(TrialJson.Write(result))));
        return true;

        TrialPlan Plan() => new(
            [.. request.Folds.Select(fold => new Fold(context.Data.LoadFromBinary(fold.Training), context.Data.LoadFromBinary(fold.Validation)))],
            request.Repetitions,
            metrics?.FirstOrDefault(metric => metric.Name == request.Metric) ?? ExperimentMetric.Find(request.Metric),
            request.Pipeline is null
                ? pipeline ?? throw new InvalidOperationException(
                    $"The experiment has a pipeline of its own, which {nameof(TrialProcess)}.{nameof(TryRun)} of this program is not given.")
                : VisualQuestionAnsweringSpace.CreatePipeline);
    }

    /// <summary>The process of the experiment: hears of epochs, and says after each whether to go on. When it is gone, so is the trial.</summary>
    private sealed class Parent : IDisposable
    {
        private readonly BlockingCollection<string> _replies = [];
        private volatile bool _isDone;

        public Parent()
        {
            var listener = new Thread(Listen) { IsBackground = true };
            listener.Start();
        }

        public bool Ask(TrialEpoch epoch)
        {
            Console.Out.WriteLine(Mark + TrialJson.Write(epoch));
            Console.Out.Flush();
            return _replies.Take() != Stop;
        }

        public void Dispose() => _isDone = true;

        private void Listen()
        {
            while (Console.In.ReadLine() is { } line) _replies.Add(line);
            if (!_isDone) Environment.Exit(1);
        }
    }
}
