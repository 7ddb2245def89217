namespace MLNet.VisionLanguage.Training;

/// <summary>Holds a folder of checkpoints for one run: two would replace each other's files.</summary>
internal static class CheckpointLock
{
    private const string Name = "run.lock";

    /// <summary>Holds the folder until the result is disposed. A process that is killed holds it no longer.</summary>
    /// <param name="folder">The folder, which is there and takes files; null for none.</param>
    /// <exception cref="InvalidOperationException">Another run holds it.</exception>
    public static IDisposable? Take(string? folder)
    {
        if (folder is null) return null;
        Directory.CreateDirectory(folder);
        try
        {
            return new FileStream(
                Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException(
                $"The CheckpointFolder '{folder}' is in use by another run; each needs a folder of its own. ({e.Message})", e);
        }
    }
}
