using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.ML;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>Rows to train on and rows to measure.</summary>
internal sealed record Fold(IDataView Training, IDataView Validation);

/// <summary>What all trials of an experiment have in common.</summary>
/// <param name="Folds">The folds.</param>
/// <param name="Repetitions">How often each is trained, with another seed each time.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="Pipeline">Makes a trial's pipeline.</param>
internal sealed record TrialPlan(
    IReadOnlyList<Fold> Folds, int Repetitions, ExperimentMetric Metric, Func<Trial, IEstimator<ITransformer>> Pipeline);

/// <summary>Trains and measures one trial, whatever process it is in.</summary>
internal sealed class TrialWork(MLContext context, TrialPlan plan, TrialSettings settings, string modelPath)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<TrialEpoch> _curve = [];
    private readonly List<double> _metrics = [];

    /// <summary>The epochs so far.</summary>
    public IReadOnlyList<TrialEpoch> Curve
    {
        get
        {
            lock (_curve) return [.. _curve];
        }
    }

    public double Seconds => _clock.Elapsed.TotalSeconds;

    /// <summary>Runs the trial.</summary>
    /// <param name="goesOn">Told each epoch; whether the trial is to go on after one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was cancelled from outside.</exception>
    public TrialResult Run(Func<TrialEpoch, bool> goesOn, CancellationToken cancellation)
    {
        try
        {
            for (var fold = 0; fold < plan.Folds.Count; fold++)
            {
                for (var repetition = 0; repetition < plan.Repetitions; repetition++)
                    if (Train(plan.Folds[fold], repetition, goesOn, cancellation) is { } stopped) return stopped;
            }

            var mean = _metrics.Average();
            return Result(TrialState.Completed, mean) with { Metrics = _metrics, Deviation = Deviation(_metrics, mean) };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            return Failed(Describe(e));
        }
    }

    public TrialResult Failed(string error) => Result(TrialState.Failed, double.NaN) with { Error = error };

    /// <summary>The message that tells most: not that of what ML.NET or reflection wrapped around it.</summary>
    public static string Describe(Exception exception)
    {
        while (exception is AggregateException or TargetInvocationException or TypeInitializationException
            || exception.Message.StartsWith("Splitter/consolidator", StringComparison.Ordinal))
        {
            if (exception.InnerException is not { } inner) break;
            exception = inner;
        }

        return exception is OutOfMemoryException ? "There is not enough memory." : exception.Message;
    }

    /// <returns>The result if the tuner ended the trial; null when it goes on.</returns>
    private TrialResult? Train(Fold fold, int repetition, Func<TrialEpoch, bool> goesOn, CancellationToken cancellation)
    {
        var run = _metrics.Count;
        TrialEpoch? last = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var trial = new Trial(
            context, settings.Parameters, settings.Seed + repetition, fold.Training, fold.Validation, See, stop.Token);
        try
        {
            var model = plan.Pipeline(trial).Fit(fold.Training);
            using (model as IDisposable)
            {
                cancellation.ThrowIfCancellationRequested();
                var metric = plan.Metric.Measure(context.VisionLanguage(), model.Transform(fold.Validation));
                if (!double.IsFinite(metric))
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The metric {plan.Metric.Name} is {metric}."));
                if (_metrics.All(other => plan.Metric.LossOf(metric) < plan.Metric.LossOf(other)))
                    context.VisionLanguage().Save(model, fold.Training.Schema, modelPath);
                _metrics.Add(metric);
                return null;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return Result(TrialState.Stopped, last!.ValidationScore!.Value) with { Loss = -last.ValidationScore.Value };
        }

        void See(TrainingProgress progress)
        {
            if (!progress.EpochEnded) return;
            last = new(run, progress.Epoch, progress.Loss, progress.TrainingScore, progress.ValidationScore, Seconds);
            lock (_curve) _curve.Add(last);
            if (!goesOn(last) && run == 0 && progress.Epoch < progress.Epochs && progress.ValidationScore is not null) stop.Cancel();
        }
    }

    private TrialResult Result(TrialState state, double metric) => new()
    {
        TrialSettings = settings,
        State = state,
        Metric = metric,
        Loss = plan.Metric.LossOf(metric),
        DurationInSeconds = Seconds,
        LearningCurve = Curve,
    };

    private static double Deviation(IReadOnlyList<double> values, double mean) =>
        values.Count < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
}
