using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>What a model reads that looks at pictures itself; the schema in its file.</summary>
internal sealed class ImageQuestion
{
    /// <summary>The image file.</summary>
    public string ImagePath { get; set; } = "";

    /// <summary>The question.</summary>
    public string Question { get; set; } = "";
}

/// <summary>What a model reads that is given regions; the schema in its file.</summary>
internal sealed class RegionQuestion
{
    /// <summary>The question.</summary>
    public string Question { get; set; } = "";

    /// <summary>N×D values.</summary>
    [VectorType]
    public float[] RegionFeatures { get; set; } = [];

    /// <summary>N×4 pixels.</summary>
    [VectorType]
    public float[] RegionBoxes { get; set; } = [];

    /// <summary>Width and height in pixels.</summary>
    [VectorType(2)]
    public float[] ImageSize { get; set; } = new float[2];
}

/// <summary>An answer and its probability 0..1.</summary>
internal sealed record ScoredAnswer(string Answer, float Probability);

/// <summary>A question's answers, the most probable first.</summary>
internal sealed record AnsweredQuestion(long QuestionId, IReadOnlyList<ScoredAnswer> Answers)
{
    public ScoredAnswer Best => Answers[0];
}
