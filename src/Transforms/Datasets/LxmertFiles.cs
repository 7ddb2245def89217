using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>What an LXMERT file says of a question besides the question.</summary>
/// <param name="QuestionType">The group of the question.</param>
/// <param name="AnswerType">"yes/no", "number" or "other".</param>
/// <param name="Answers">The answers that count.</param>
/// <param name="Scores">What each is worth, 0..1.</param>
internal sealed record QuestionLabel(string QuestionType, string AnswerType, string[] Answers, float[] Scores);

/// <summary>Reads LXMERT's own JSON (airsplay/lxmert, data/): a list of records whose answers are a dictionary of scores.</summary>
internal static class LxmertFiles
{
    /// <summary>Reads questions: img_id, sent, question_id, and but for test parts label; question_type and answer_type where they are.</summary>
    /// <param name="paths">Files that are read as one, .json or .json.gz.</param>
    /// <param name="fields">Members of each record to keep.</param>
    public static VqaQuestionFile ReadQuestions(IReadOnlyList<string> paths, IReadOnlyCollection<string> fields)
    {
        var questions = new List<VqaQuestion>();
        var pool = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            JsonRowReader.Read(path, "questions", "question", row => questions.Add(
                new VqaQuestion(row.Identifier("question_id"), row.Identifier("img_id"), row.Text("sent"))
                {
                    Fields = fields.Count == 0 ? null : VqaFiles.Fields(row, fields),
                    Label = row.TryGet("label", out var label) ? ReadLabel(row, label, pool) : null,
                }));
        }

        return new(questions, null);
    }

    /// <summary>Answers and their scores of a dictionary.</summary>
    public static (string[] Answers, float[] Scores) ReadScores(JsonRow row, string name, JsonElement value, Dictionary<string, string> pool)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw row.Error($"'{name}' must be an object of answers and their scores but is {JsonRow.Name(value)}");
        var (answers, scores) = (new List<string>(), new List<float>());
        foreach (var member in value.EnumerateObject())
        {
            var answer = JsonText.NameOf(member);
            if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetSingle(out var score) || score is not (>= 0 and <= 1))
                throw row.Error($"'{name}': the score of \"{answer}\" must be a number from 0 to 1 but is {JsonRow.Name(member.Value)}");
            answers.Add(VqaFiles.Pooled(pool, answer)!);
            scores.Add(score);
        }

        return ([.. answers], [.. scores]);
    }

    private static QuestionLabel ReadLabel(JsonRow row, JsonElement label, Dictionary<string, string> pool)
    {
        var (answers, scores) = ReadScores(row, "label", label, pool);
        return new(
            VqaFiles.Pooled(pool, row.OptionalText("question_type")) ?? "", VqaFiles.Pooled(pool, row.OptionalText("answer_type")) ?? "", answers, scores);
    }
}
