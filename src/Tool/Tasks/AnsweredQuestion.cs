using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>An answer and its probability 0..1.</summary>
internal sealed record ScoredAnswer(string Answer, float Probability);

/// <summary>A row's answers, the most probable first.</summary>
internal sealed record AnsweredQuestion(string QuestionId, IReadOnlyList<ScoredAnswer> Answers)
{
    public const string ScoreColumn = "Score";

    public string Best => Answers[0].Answer;

    /// <summary>Reads the answers of scored rows.</summary>
    /// <param name="row">A cursor on both columns.</param>
    /// <param name="idColumn">The column that tells rows apart.</param>
    /// <param name="top">How many of the most probable to tell.</param>
    public static Func<AnsweredQuestion> Reader(DataViewRow row, string idColumn, int top)
    {
        var id = row.GetGetter<ReadOnlyMemory<char>>(row.Schema[idColumn]);
        var score = row.GetGetter<VBuffer<float>>(row.Schema[ScoreColumn]);
        VBuffer<ReadOnlyMemory<char>> names = default;
        row.Schema[ScoreColumn].GetSlotNames(ref names);
        var answers = names.DenseValues().Select(name => name.ToString()).ToArray();
        ReadOnlyMemory<char> questionId = default;
        VBuffer<float> scores = default;
        return () =>
        {
            id(ref questionId);
            score(ref scores);
            var found = answers.Zip(scores.DenseValues(), (answer, probability) => new ScoredAnswer(answer, probability));
            return new(questionId.ToString(), [.. found.OrderByDescending(answer => answer.Probability).Take(top)]);
        };
    }

    /// <summary>Writes the answers for people, one a line.</summary>
    public void Write(TextWriter output)
    {
        var width = Answers.Max(a => a.Answer.Length);
        foreach (var (answer, probability) in Answers)
            output.WriteLine($"{answer.PadRight(width)}  {probability.ToString("F4", CultureInfo.InvariantCulture)}");
    }
}
