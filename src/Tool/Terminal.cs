namespace MLNet.VisionLanguage.Tool;

/// <summary>Where a command writes: results to the output, everything else (progress, notes, errors) to the error stream.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Progress, notes and errors.</param>
internal sealed class Terminal(TextWriter output, TextWriter error)
{
    public TextWriter Output { get; } = output;

    public TextWriter Error { get; } = error;

    /// <summary>Whether a person reads the output.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether a person watches the error stream, so that a line may be drawn over.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Cancelled when the user interrupts the command.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Says something that is no result.</summary>
    public void Note(string text) => Error.WriteLine($"vl: {text}");
}
