namespace MLNet.VisionLanguage;

/// <summary>A published model could not be fetched; the message names the address and says what to do.</summary>
public sealed class HubException : IOException
{
    /// <summary>Makes an exception.</summary>
    public HubException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether trying again later may help.</summary>
    internal bool MayPass { get; init; }

    /// <summary>How long the server asks to wait.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}
