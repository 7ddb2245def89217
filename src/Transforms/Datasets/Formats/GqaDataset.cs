using System.Text.Json;
using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>
/// A question of GQA with its place in the data set's groups. QuestionType is the structural type ("query", "verify", "logical", "choose",
/// "compare"), AnswerType "open" for queries and "binary" for all others, as the evaluation counts them.
/// </summary>
public sealed class GqaExample : VqaExample
{
    /// <summary>What the question is about: "rel", "attr", "obj", "cat" or "global" (column SemanticType, Text).</summary>
    public string SemanticType { get; set; } = "";

    /// <summary>The answer as a sentence (column FullAnswer, Text).</summary>
    public string FullAnswer { get; set; } = "";

    /// <summary>Whether the question belongs to the balanced part (column IsBalanced, Boolean).</summary>
    public bool IsBalanced { get; set; }
}

/// <summary>
/// GQA (cs.stanford.edu/people/dorarad/gqa): an object whose members are the questions by their numbers, with imageId, question and, but for
/// the test parts, answer, fullAnswer, types and isBalanced.
/// </summary>
public static class GqaDataset
{
    /// <summary>Opens questions.</summary>
    /// <param name="path">A questions file, .json or .json.gz, or a folder of them (train_all_questions).</param>
    /// <param name="imageFolder">The folder of the images &lt;imageId&gt;.jpg; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder of images.</exception>
    public static DatasetRows<GqaExample> Load(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        var images = new DatasetImages(imageFolder, options);
        return new(DatasetImages.FilesOf(path).SelectMany(file => JsonRowReader.Rows(file, null, "question", row => Parse(row, images))).OfType<GqaExample>());
    }

    private static GqaExample? Parse(JsonRow row, DatasetImages images)
    {
        var answer = row.OptionalText("answer");
        var question = new GqaExample
        {
            QuestionId = row.Key,
            Question = row.Text("question"),
            Answers = answer is null ? [] : [answer],
            AnswerScores = answer is null ? [] : [1],
            FullAnswer = row.OptionalText("fullAnswer") ?? "",
            IsBalanced = row.TryGet("isBalanced", out var balanced) && balanced.ValueKind == JsonValueKind.True,
        };
        if (row.TryGet("types", out _))
        {
            var types = row.Object("types");
            question.QuestionType = types.OptionalText("structural") ?? "";
            question.SemanticType = types.OptionalText("semantic") ?? "";
            question.AnswerType = question.QuestionType.Length == 0 ? "" : question.QuestionType == "query" ? "open" : "binary";
        }

        return images.Name(question, row.Identifier("imageId"), null, row.Error) ? question : null;
    }
}
