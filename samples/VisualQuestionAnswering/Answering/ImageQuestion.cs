namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Answering;

/// <summary>What the saved model reads.</summary>
internal sealed class ImageQuestion
{
    /// <summary>The image file.</summary>
    public string ImagePath { get; set; } = "";

    /// <summary>The question.</summary>
    public string Question { get; set; } = "";
}
