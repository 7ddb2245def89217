using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLNet.VisionLanguage;

/// <summary>The official VQA accuracies, in percent and rounded as the evaluation rounds them.</summary>
public sealed class VqaMetrics
{
    internal VqaMetrics(
        double overall,
        IReadOnlyDictionary<string, double> perAnswerType,
        IReadOnlyDictionary<string, double> perQuestionType,
        IReadOnlyDictionary<Identifier, double> perQuestion)
    {
        Overall = overall;
        PerAnswerType = perAnswerType;
        PerQuestionType = perQuestionType;
        PerQuestion = perQuestion;
    }

    /// <summary>The accuracy over all questions, 0..100.</summary>
    public double Overall { get; }

    /// <summary>The accuracy per answer type ("yes/no", "number", "other"), 0..100.</summary>
    public IReadOnlyDictionary<string, double> PerAnswerType { get; }

    /// <summary>The accuracy per question type ("how many", "what color is the"), 0..100.</summary>
    public IReadOnlyDictionary<string, double> PerQuestionType { get; }

    /// <summary>The accuracy of every question by its number or name, 0..100.</summary>
    public IReadOnlyDictionary<Identifier, double> PerQuestion { get; }

    /// <summary>The figures as JSON with the evaluation's names: overall, perAnswerType, perQuestionType and, if wanted, evalQA.</summary>
    /// <param name="withQuestions">Whether to add every question's accuracy (evalQA).</param>
    public string ToJson(bool withQuestions = false)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("overall", Overall);
            Write(writer, "perAnswerType", PerAnswerType);
            Write(writer, "perQuestionType", PerQuestionType);
            if (withQuestions) Write(writer, "evalQA", PerQuestion);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write<TKey>(Utf8JsonWriter writer, string name, IReadOnlyDictionary<TKey, double> figures)
        where TKey : notnull
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in figures)
            writer.WriteNumber(key.ToString()!, value);
        writer.WriteEndObject();
    }
}
