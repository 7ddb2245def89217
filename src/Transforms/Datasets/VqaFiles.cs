using System.Text.Json;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage;

/// <summary>A questions file: its records, and the subset of images its header names ("train2014"), if it has a header.</summary>
/// <param name="Questions">The questions in file order.</param>
/// <param name="DataSubtype">The header's "data_subtype", or null.</param>
public sealed record VqaQuestionFile(IReadOnlyList<VqaQuestion> Questions, string? DataSubtype);

/// <summary>
/// Reads and writes the JSON files of the VQA v2 data set (visualqa.org). Input may be .json or gzip (.json.gz), with the
/// original's header or without, or a bare list. A bad record stops reading with an <see cref="InvalidDataException"/> that names
/// the file, the record's index (from 0) and its byte position.
/// </summary>
public static class VqaFiles
{
    private static readonly string[] ImageFileFields = ["image", "image_file", "file_name"];

    /// <summary>Reads questions: question_id, image_id, question, and optionally an image file name.</summary>
    /// <param name="path">A .json or .json.gz file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not in the format.</exception>
    public static VqaQuestionFile ReadQuestions(string path) => ReadQuestions(path, []);

    /// <summary>The same, with more members of each record kept in its fields.</summary>
    internal static VqaQuestionFile ReadQuestions(string path, IReadOnlyCollection<string> fields)
    {
        var questions = new List<VqaQuestion>();
        var pool = new Dictionary<string, string>(StringComparer.Ordinal);
        var header = JsonRowReader.Read(path, "questions", "question", row =>
        {
            string? file = null;
            foreach (var field in ImageFileFields)
                file ??= row.OptionalText(field);
            var imageId = file is not null && !row.TryGet("image_id", out _) ? Path.GetFileNameWithoutExtension(file) : row.Identifier("image_id");
            var subset = ImagePattern.SubsetFields.Select(row.OptionalValue).FirstOrDefault(value => !string.IsNullOrEmpty(value));
            questions.Add(new VqaQuestion(row.Identifier("question_id"), imageId, row.Text("question"), file, Pooled(pool, subset))
            {
                Fields = fields.Count == 0 ? null : Fields(row, fields),
            });
        });
        return new VqaQuestionFile(questions, header.GetValueOrDefault("data_subtype"));
    }

    /// <summary>Reads annotations: question_id, image_id, question_type, answer_type, multiple_choice_answer, answers.</summary>
    /// <param name="path">A .json or .json.gz file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not in the format.</exception>
    public static IReadOnlyList<VqaAnnotation> ReadAnnotations(string path)
    {
        var annotations = new List<VqaAnnotation>();

        // The same few thousand strings fill millions of answers.
        var pool = new Dictionary<string, string>(StringComparer.Ordinal);
        JsonRowReader.Read(path, "annotations", "annotation", row => annotations.Add(new VqaAnnotation(
            row.Identifier("question_id"),
            row.TryGet("image_id", out _) ? row.Identifier("image_id") : "",
            Pooled(pool, row.OptionalText("question_type")) ?? "",
            Pooled(pool, row.OptionalText("answer_type")) ?? "",
            Pooled(pool, row.OptionalText("multiple_choice_answer")),
            ReadAnswers(row, pool))));
        return annotations;
    }

    /// <summary>Reads results: a list of question_id and answer, or as GQA's evaluation has them of questionId and prediction.</summary>
    /// <param name="path">A .json or .json.gz file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not in the format.</exception>
    public static IReadOnlyList<VqaResult> ReadResults(string path)
    {
        var results = new List<VqaResult>();
        JsonRowReader.Read(path, "results", "result", row => results.Add(row.TryGet("questionId", out _)
            ? new VqaResult(row.Identifier("questionId"), row.Text("prediction"))
            : new VqaResult(row.Identifier("question_id"), row.Text("answer"))));
        return results;
    }

    /// <summary>
    /// Writes results in the format of the VQA evaluation server. The file appears only when all is written; an earlier file of
    /// that name stays as it was if writing fails.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="results">The answers.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteResults(string path, IEnumerable<VqaResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        SubmissionFiles.WriteList(path, results, (writer, result) =>
        {
            writer.WritePropertyName("question_id");
            result.QuestionId.WriteTo(writer);
            writer.WriteString("answer", result.Answer);
        });
    }

    internal static string? Pooled(Dictionary<string, string> pool, string? text) =>
        text is null ? null : pool.TryGetValue(text, out var same) ? same : pool[text] = text;

    internal static Dictionary<string, string> Fields(JsonRow row, IEnumerable<string> names)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (row.OptionalValue(name) is { } value) found[name] = value;
        }

        return found;
    }

    private static VqaHumanAnswer[] ReadAnswers(JsonRow row, Dictionary<string, string> pool)
    {
        var list = row.Get("answers");
        if (list.ValueKind != JsonValueKind.Array) throw row.Error($"'answers' must be a list but is {JsonRow.Name(list)}");
        var answers = new VqaHumanAnswer[list.GetArrayLength()];
        if (answers.Length == 0) throw row.Error("'answers' is empty");
        var position = 0;
        foreach (var element in list.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Object
                || !element.TryGetProperty("answer", out var answer) || answer.ValueKind != JsonValueKind.String)
            {
                throw row.Error($"answers[{position}] must be an object with the string 'answer' but is {JsonRow.Name(element)}");
            }

            var hasConfidence = element.TryGetProperty("answer_confidence", out var confidence) && confidence.ValueKind == JsonValueKind.String;
            var hasId = element.TryGetProperty("answer_id", out var given) && given.ValueKind is JsonValueKind.Number or JsonValueKind.String;
            var id = hasId ? row.Identifier("answer_id", given) : position + 1;
            answers[position++] = new VqaHumanAnswer(
                Pooled(pool, JsonText.Of(answer))!,
                Identifier.Found(Pooled(pool, id.Text)!, id.IsNumber),
                hasConfidence ? Pooled(pool, JsonText.Of(confidence)) : null);
        }

        return answers;
    }
}
