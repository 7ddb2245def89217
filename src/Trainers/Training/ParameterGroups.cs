using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Optimization;

namespace MLNet.VisionLanguage.Training;

/// <summary>The groups of a model's parameters, by what the list of parameters says of each.</summary>
internal static class ParameterGroups
{
    /// <summary>
    /// One group a parameter that can change, as train_tasks.py has them: heads with a rate of their own, and no decay for what the
    /// reference spares.
    /// </summary>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="options">Rates and decay.</param>
    public static IReadOnlyList<ParameterGroup> Of(ModelParameters parameters, LearningOptions options) =>
    [
        .. parameters.Specs.Where(spec => !spec.IsFixed).Select(spec =>
        {
            var (rate, decay) = options.RatesOf(spec);
            return new ParameterGroup(spec.Name, parameters[spec.Name], rate, decay);
        }),
    ];

    /// <summary>The optimiser of a run.</summary>
    public static TransformerOptimizer Optimizer(ModelParameters parameters, LearningOptions options)
    {
        var groups = Of(parameters, options);
        return new(options.Optimizer, groups, options.Beta1, options.Beta2, options.Epsilon, options.CorrectBias)
        {
            Average = options.Averaging > 0 ? new(groups, options.Averaging) : null,
        };
    }

    /// <summary>The schedule of a run of so many updates.</summary>
    public static ScheduleFactor Schedule(LearningOptions options, long updates) =>
        new(options.Schedule, options.WarmupProportion * updates, updates)
        {
            Steps = [.. options.ScheduleSteps.Select(share => Math.Floor(share * updates))],
            StepFactor = options.StepFactor,
            Start = options.WarmupStart,
            Power = options.DecayPower,
            End = options.LearningRate > 0 ? options.FinalLearningRate / options.LearningRate : 0,
        };
}
