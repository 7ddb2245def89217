using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>A caption beside an image, which may be another's.</summary>
internal sealed class CaptionPair : CaptionExample
{
    /// <summary>Whether the caption is the image's own.</summary>
    public bool IsOwn { get; set; } = true;

    /// <summary>The answers where the caption is a question.</summary>
    [VectorType]
    public string[] Answers { get; set; } = [];

    /// <summary>What each is worth, 0..1.</summary>
    [VectorType]
    public float[] AnswerScores { get; set; } = [];
}

/// <summary>How likely a text and an image belong together, 0..1.</summary>
internal sealed record MatchedCaption(float Probability)
{
    public bool Belongs => Probability > 0.5f;
}
