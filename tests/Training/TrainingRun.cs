using Microsoft.ML;
using MLNet.VisionLanguage.Engine;

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
        var (weights, answers) = ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Train(
            Questions.View(ml, rows),
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

/// <summary>Calls an action at once, on the training thread; Progress of the framework would post it.</summary>
internal sealed class ImmediateProgress(Action<TrainingProgress> action) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => action(value);
}
