using Microsoft.ML;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>What a training run ended with.</summary>
internal sealed record TrainingRun(
    IReadOnlyDictionary<string, float[]> Weights, IReadOnlyList<string> Answers, IReadOnlyList<TrainingProgress> Progress)
{
    public IReadOnlyList<TrainingProgress> Epochs => [.. Progress.Where(progress => progress.EpochEnded)];

    /// <summary>Trains on rows and keeps the weights.</summary>
    public static TrainingRun Of(VisualQuestionAnsweringOptions options, IEnumerable<Question> rows, IEnumerable<Question>? validation = null)
    {
        var progress = new ProgressLog(options.Progress);
        options.Progress = progress;
        var ml = new MLContext(1);
        var (weights, answers) = ml.Train(
            options, Questions.View(ml, rows),
            validation is null ? null : Questions.View(ml, validation),
            (parameters, answers) => (WeightsOf(parameters), answers));
        return new(weights, answers, progress.All);
    }

    public static Dictionary<string, float[]> WeightsOf(ModelParameters parameters) =>
        parameters.Specs.ToDictionary(spec => spec.Name, spec => parameters.Read(spec.Name));

    /// <summary>The largest difference of any weight.</summary>
    public static double Distance(IReadOnlyDictionary<string, float[]> a, IReadOnlyDictionary<string, float[]> b) =>
        a.Max(pair => pair.Value.Zip(b[pair.Key], (x, y) => (double)Math.Abs(x - y)).Max());

    private sealed class ProgressLog(IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> All { get; } = [];

        public void Report(TrainingProgress value)
        {
            All.Add(value);
            next?.Report(value);
        }
    }
}

internal static class AnswerTraining
{
    /// <summary>Trains as <c>Fit</c> does, up to the weights.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="options">The trainer's options.</param>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    /// <param name="finish">What to make of the trained weights, which are disposed afterwards, and of the answers.</param>
    public static T Train<T>(
        this MLContext ml, VisualQuestionAnsweringOptions options, IDataView input, IDataView? validation, Func<ModelParameters, string[], T> finish)
    {
        var sized = (VisualQuestionAnsweringOptions)options.For(input);
        var task = new AnsweringTask(sized);
        return ml.VisionLanguage().Trainers.VisualQuestionAnswering(options)
            .Run(sized, task, input, validation, parameters => finish(parameters, [.. task.Answers]));
    }
}

/// <summary>Calls an action at once, on the training thread; Progress of the framework would post it.</summary>
internal sealed class ImmediateProgress(Action<TrainingProgress> action) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => action(value);
}
