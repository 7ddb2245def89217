using Microsoft.ML.Data;

namespace MLNet.VisionLanguage;

/// <summary>One row for training or scoring visual question answering, ready for <c>mlContext.Data.LoadFromEnumerable</c>.</summary>
public sealed class VqaExample
{
    /// <summary>The question's number (column QuestionId, Int64).</summary>
    public long QuestionId { get; set; }

    /// <summary>The image's file name without extension, the key of region feature files (column ImageId, Text).</summary>
    public string ImageId { get; set; } = "";

    /// <summary>The image file (column ImagePath, Text); empty when no image folder was given.</summary>
    public string ImagePath { get; set; } = "";

    /// <summary>The question (column Question, Text).</summary>
    public string Question { get; set; } = "";

    /// <summary>The scored answers (column Answers, Vector&lt;Text&gt; of variable size); empty without annotations.</summary>
    [VectorType]
    public string[] Answers { get; set; } = [];

    /// <summary>The score 0..1 of each of <see cref="Answers"/> (column AnswerScores, Vector&lt;Single&gt; of the same size).</summary>
    [VectorType]
    public float[] AnswerScores { get; set; } = [];

    /// <summary>The group of the question (column QuestionType, Text).</summary>
    public string QuestionType { get; set; } = "";

    /// <summary>"yes/no", "number" or "other" (column AnswerType, Text).</summary>
    public string AnswerType { get; set; } = "";
}
