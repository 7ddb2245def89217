using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Files;
using TorchSharp;

namespace MLNet.VisionLanguage.Training;

/// <summary>A training of a detector, whatever detector it is: what is tried first, its folder and checkpoints, and the loop over its batches.</summary>
/// <param name="setup">Options, seed, and somebody to tell.</param>
/// <param name="folder">Where pixels and checkpoints lie.</param>
internal sealed class DetectorRun(RunSetup setup, string folder)
{
    public RunSetup Setup => setup;

    public string Folder => folder;

    /// <summary>Tries what the end will need, and then runs in the options' folder or a temporary one.</summary>
    /// <param name="context">The context that the trained detector will score with.</param>
    /// <param name="host">The trainer's.</param>
    /// <param name="options">The trainer's options.</param>
    /// <param name="seed">Their seed, or the context's.</param>
    /// <param name="isValidated">Whether there are validation rows of their own.</param>
    /// <param name="train">The training.</param>
    public static T In<T>(MLContext context, IHost host, LearningOptions options, int seed, bool isValidated, Func<DetectorRun, T> train)
    {
        if (!isValidated) options.CheckPatience();
        Rehearsal.OpenScoring(context);
        if (options.CheckpointFolder is { } kept) Rehearsal.WriteTo(kept);
        TorchRuntime.EnsureLoaded();
        using var channel = host.Start("Training");
        using var held = CheckpointLock.Take(options.CheckpointFolder);
        var folder = options.CheckpointFolder ?? TemporaryFiles.NewFolder("training");
        try
        {
            var setup = new RunSetup(channel, options, seed);
            return setup.WithThreads(options.BatchSize, () => train(new(setup, folder)));
        }
        finally
        {
            if (options.CheckpointFolder is null) TemporaryFiles.Remove(folder);
        }
    }

    /// <summary>Runs the loop; the parameters then are those that the detector is used with.</summary>
    /// <param name="batches">What it learns from.</param>
    /// <param name="task">The detector.</param>
    /// <param name="inTwo">Whether halves of a batch are computed at the same time, on a CPU.</param>
    /// <param name="identity">What tells this run from another besides options and weights.</param>
    public void Learn(DetectionBatches batches, ITrainingTask<DetectionBatch> task, bool inTwo, IEnumerable<(string Name, object? Value)> identity)
    {
        var (options, parameters) = (setup.Options, task.Parameters);
        using var optimizer = ParameterGroups.Optimizer(parameters, options);
        using var companion = inTwo && parameters.Device.type == DeviceType.CPU ? RunSetup.MakeCompanion() : null;
        var checkpoints = new TrainingCheckpoints(folder, resumable: options.CheckpointFolder is not null);
        long updates = (long)options.Epochs * ((batches.BatchesPerEpoch + options.GradientAccumulation - 1) / options.GradientAccumulation);
        var loop = new TrainingLoop<DetectionBatch>(
            task, optimizer, ParameterGroups.Schedule(options, updates), setup.LoopOptions(parameters.Device), checkpoints, setup.Report, companion);

        // Only a run that can be resumed is told from others.
        var run = options.CheckpointFolder is null ? [] : setup.Identity(
            [("training rows", batches.Training.Count), ("validation rows", batches.Held.Count), .. identity]);
        var state = checkpoints.Resume(run, parameters, optimizer) ?? new TrainingState { Run = run };
        setup.TellResumed(state);
        loop.Run(state, batches.BatchesPerEpoch, batches.Epoch, batches.Held.Count == 0 ? null : batches.HeldBatches, options.Cancellation);
        setup.TellEnd(state);
    }
}
