namespace MLNet.VisionLanguage;

/// <summary>Thrown when a sound checkpoint does not fit the model: it is of another architecture or of another size.</summary>
public sealed class CheckpointMismatchException : InvalidOperationException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Names the file, the model and the first parameters that do not fit.</param>
    public CheckpointMismatchException(string message)
        : base(message)
    {
    }

    /// <summary>What of the checkpoint fits and what does not, where that was found out; its tensors can be read no more.</summary>
    public ParameterMatch? Match { get; init; }
}
