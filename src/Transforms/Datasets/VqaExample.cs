using Microsoft.ML.Data;

namespace MLNet.VisionLanguage;

/// <summary>One row for training or scoring visual question answering, ready for <c>mlContext.Data.LoadFromEnumerable</c>.</summary>
public class VqaExample : ImageExample
{
    /// <summary>The question's number or name as the questions file has it; no column.</summary>
    [NoColumn]
    public Identifier Identifier { get; set; }

    /// <summary>The text of <see cref="Identifier"/> (column QuestionId, Text).</summary>
    public string QuestionId
    {
        get => Identifier.Text;
        set
        {
            if (Identifier.Text != value) Identifier = value;
        }
    }

    /// <summary>The question (column Question, Text).</summary>
    public string Question { get; set; } = "";

    /// <summary>The scored answers (column Answers, Vector&lt;Text&gt; of variable size); empty without annotations.</summary>
    [VectorType]
    public string[] Answers { get; set; } = [];

    /// <summary>The score 0..1 of each of <see cref="Answers"/> (column AnswerScores, Vector&lt;Single&gt; of the same size).</summary>
    [VectorType]
    public float[] AnswerScores { get; set; } = [];

    /// <summary>What an answer is worth, 0..1.</summary>
    internal double ScoreOf(string answer) => Array.IndexOf(Answers, answer) is >= 0 and var place ? AnswerScores[place] : 0;

    /// <summary>The group of the question (column QuestionType, Text).</summary>
    public string QuestionType { get; set; } = "";

    /// <summary>"yes/no", "number" or "other" (column AnswerType, Text).</summary>
    public string AnswerType { get; set; } = "";
}
