using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>Reads the files of the easy-VQA layout into VQA v2's records.</summary>
internal static class EasyVqaFile
{
    private const int Annotators = 10;

    public static (VqaQuestionFile Questions, IReadOnlyList<VqaAnnotation> Annotations) Read(string path)
    {
        var questions = new List<VqaQuestion>();
        var annotations = new List<VqaAnnotation>();
        JsonRowReader.Read(path, "questions", "row", row =>
        {
            var (question, answer, image) = Parse(row);
            questions.Add(new VqaQuestion(row.Index, image, question));
            var given = Enumerable.Range(1, Annotators).Select(id => new VqaHumanAnswer(answer, id)).ToArray();
            annotations.Add(new VqaAnnotation(row.Index, image, QuestionType(question), AnswerType(answer), answer, given));
        });
        return (new VqaQuestionFile(questions, null), annotations);
    }

    /// <summary>answers.txt of the folder or its parent, one answer a line; empty when neither has it.</summary>
    public static IReadOnlyList<string> ReadAnswers(string folder)
    {
        foreach (var candidate in new[] { folder, Path.Combine(folder, "..") })
        {
            var path = Path.Combine(candidate, "answers.txt");
            if (File.Exists(path)) return AnswerList.Load(path);
        }

        return [];
    }

    private static (string Question, string Answer, Identifier Image) Parse(JsonRow row)
    {
        var list = row.Element;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() != 3)
            throw row.Error($"[question, answer, image id] is expected but it is {JsonRow.Name(list)}");
        if (list[0].ValueKind != JsonValueKind.String || list[1].ValueKind != JsonValueKind.String)
            throw row.Error("the question and the answer must be strings");
        return (JsonText.Of(list[0]), JsonText.Of(list[1]), row.Identifier("image id", list[2]));
    }

    /// <summary>The first two words, which tell easy-VQA's question templates apart.</summary>
    private static string QuestionType(string question) =>
        string.Join(' ', question.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)).TrimEnd('?');

    private static string AnswerType(string answer) => answer is "yes" or "no" ? "yes/no" : "other";
}
