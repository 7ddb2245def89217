namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>What <c>vl train</c> was asked to do, options resolved.</summary>
/// <typeparam name="TRow">The task's row.</typeparam>
internal sealed record TrainingRequest<TRow>
{
    public required IReadOnlyList<TRow> Training { get; init; }

    /// <summary>Rows about other images, predicted after training; may be empty.</summary>
    public required IReadOnlyList<TRow> Measured { get; init; }

    /// <summary>How rows become what the model reads.</summary>
    public required InputSteps Inputs { get; init; }

    public required TrainerOptions Trainer { get; init; }

    /// <summary>Where the model goes.</summary>
    public required string Output { get; init; }
}
