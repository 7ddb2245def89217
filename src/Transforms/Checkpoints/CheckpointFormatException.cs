namespace MLNet.VisionLanguage;

/// <summary>
/// Thrown when a checkpoint file is not what it says it is: truncated, corrupt, hostile, or of a form this library refuses.
/// The message names the file, what was expected and what was found.
/// </summary>
public sealed class CheckpointFormatException : FormatException
{
    /// <summary>Makes the exception for one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What was expected and what was found.</param>
    /// <param name="innerException">The error that revealed the problem, if any.</param>
    public CheckpointFormatException(string path, string problem, Exception? innerException = null)
        : base($"Checkpoint '{path}': {problem}", innerException)
    {
        Path = path;
        Problem = problem;
    }

    /// <summary>The file that could not be read.</summary>
    public string Path { get; }

    /// <summary>The message without the file.</summary>
    internal string Problem { get; }
}
