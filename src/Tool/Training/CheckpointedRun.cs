namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>A training run with a checkpoint, of one task or of several.</summary>
internal static class CheckpointedRun
{
    /// <summary>Trains; an interrupted run says where it goes on from.</summary>
    /// <param name="terminal">Where notes and progress go.</param>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="isKept">Whether the folder stays when all is done; else it only serves to go on after an interruption.</param>
    /// <param name="train">Trains and saves.</param>
    public static T Run<T>(Terminal terminal, string folder, bool isKept, Func<IMeter, T> train)
    {
        T result;
        try
        {
            result = Display.Run(terminal, "training", train);
        }
        catch (OperationCanceledException)
        {
            if (Directory.Exists(folder)) terminal.Note($"the checkpoint is in {folder}; the same command goes on from there");
            throw;
        }

        if (!isKept && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return result;
    }
}
