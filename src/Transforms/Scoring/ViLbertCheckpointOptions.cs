using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>Settings of <see cref="VisionLanguageCatalog.LoadViLbertCheckpoint"/>.</summary>
public sealed class ViLbertCheckpointOptions
{
    /// <summary>The classifier that answers.</summary>
    public AnswerHead Head { get; set; } = AnswerHead.Vqa;

    /// <summary>How many rows are read ahead and scored at once.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>Threads of one operator; 0 leaves the choice to ONNX Runtime.</summary>
    public int Threads { get; set; }

    /// <summary>
    /// Is told, before anything is refused, which parameters of the whole VILBertForVLTasks were found, are missing, are unexpected or have
    /// another shape.
    /// </summary>
    public Action<ParameterMatch>? Matched { get; set; }
}
