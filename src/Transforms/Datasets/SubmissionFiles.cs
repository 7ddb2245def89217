using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>Probabilities of the choices of one question of VCR.</summary>
/// <param name="QuestionId">The question's annot_id.</param>
/// <param name="Answers">Four, 0..1.</param>
/// <param name="Rationales">For each of the four answers, taken as the right one, four probabilities of rationales.</param>
public sealed record VcrPrediction(string QuestionId, IReadOnlyList<float> Answers, IReadOnlyList<IReadOnlyList<float>> Rationales);

/// <summary>
/// Writes predictions in the formats of the benchmarks' own evaluations; VQA's is <see cref="VqaFiles.WriteResults"/>. A file appears only
/// when all is written; an earlier file of that name stays as it was if writing fails.
/// </summary>
public static partial class SubmissionFiles
{
    private const int VcrChoices = 4;

    /// <summary>GQA's: a JSON list of questionId and prediction.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="answers">The questions and their answers.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteGqa(string path, IEnumerable<(string QuestionId, string Answer)> answers) => WriteList(path, answers, (writer, row) =>
    {
        writer.WriteString("questionId", row.QuestionId);
        writer.WriteString("prediction", row.Answer);
    });

    /// <summary>COCO's of captions: a JSON list of image_id and caption.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="captions">The images' numbers, as <see cref="CaptionedImage.ImageNumber"/> has them, and their captions.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteCaptions(string path, IEnumerable<(string ImageNumber, string Caption)> captions) => WriteList(path, captions, (writer, row) =>
    {
        writer.WritePropertyName("image_id");
        new Identifier(row.ImageNumber, Digits().IsMatch(row.ImageNumber)).WriteTo(writer);
        writer.WriteString("caption", row.Caption);
    });

    /// <summary>NLVR's and NLVR2's: a line "identifier,True" or "identifier,False" for each example.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="judgements">The examples' identifiers and what is said of them.</param>
    /// <exception cref="ArgumentException">An identifier has a comma or a line's end in it.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteNlvr2(string path, IEnumerable<(string ExampleId, bool IsTrue)> judgements) =>
        WriteLines(path, judgements.Select(row => $"{Cell(row.ExampleId)},{row.IsTrue}"));

    /// <summary>
    /// VCR's: a CSV of annot_id, answer_0 to answer_3, and rationale_conditioned_on_a0_0 to rationale_conditioned_on_a3_3.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="predictions">The questions with all their probabilities.</param>
    /// <exception cref="ArgumentException">A question has not four answers of four rationales.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteVcr(string path, IEnumerable<VcrPrediction> predictions)
    {
        int[] choices = [.. Enumerable.Range(0, VcrChoices)];
        string[] header =
        [
            "annot_id", .. choices.Select(answer => $"answer_{answer}"),
            .. choices.SelectMany(answer => choices.Select(rationale => $"rationale_conditioned_on_a{answer}_{rationale}")),
        ];
        WriteLines(path, predictions.Select(question =>
        {
            if (question.Answers.Count != VcrChoices || question.Rationales.Count != VcrChoices || question.Rationales.Any(row => row.Count != VcrChoices))
            {
                throw new ArgumentException(
                    $"Question {question.QuestionId} must have {VcrChoices} answers of {VcrChoices} rationales each.", nameof(predictions));
            }

            var numbers = question.Answers.Concat(question.Rationales.SelectMany(row => row));
            return string.Join(',', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)).Prepend(Cell(question.QuestionId)));
        }).Prepend(string.Join(',', header)));
    }

    /// <summary>SNLI-VE, which has no evaluation of its own: SNLI's JSON lines, of pairID and the predicted gold_label.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="labels">The pairs and their classes.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteSnliVe(string path, IEnumerable<(string PairId, string Label)> labels) =>
        WriteLines(path, labels.Select(row => JsonSerializer.Serialize(new { pairID = row.PairId, gold_label = row.Label }, Relaxed)));

    /// <summary>RefCOCO's, in the toolbox's form {"predictions": [{"sent_id", "box"}]}; boxes become x y width height, as its boxes are.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="boxes">The expressions' numbers and boxes, pixels x1 y1 x2 y2.</param>
    /// <exception cref="ArgumentException">A box has not four numbers.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteRefCoco(string path, IEnumerable<(string SentenceId, IReadOnlyList<float> Box)> boxes) => WriteList(path, boxes, (writer, row) =>
    {
        if (row.Box is not [var x1, var y1, var x2, var y2])
            throw new ArgumentException($"Expression {row.SentenceId} has a box of {row.Box.Count} numbers.", nameof(boxes));
        writer.WritePropertyName("sent_id");
        new Identifier(row.SentenceId, Digits().IsMatch(row.SentenceId)).WriteTo(writer);
        writer.WriteStartArray("box");
        foreach (var number in new[] { x1, y1, x2 - x1, y2 - y1 }) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }, "predictions");

    /// <summary>
    /// Rankings and choices as the reference's eval_tasks.py writes them (retrieval, VCR, Visual7W, GuessWhat): a JSON list of question_id and
    /// answer, the scores of all choices.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="scores">The questions and the scores of their choices.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteChoices(string path, IEnumerable<(string QuestionId, IReadOnlyList<float> Scores)> scores) =>
        WriteList(path, scores, (writer, row) =>
        {
            writer.WriteString("question_id", row.QuestionId);
            writer.WriteStartArray("answer");
            foreach (var score in row.Scores) writer.WriteNumberValue(score);
            writer.WriteEndArray();
        });

    /// <summary>Writes a JSON list of objects, or an object with such a list.</summary>
    internal static void WriteList<T>(string path, IEnumerable<T> rows, Action<Utf8JsonWriter, T> writeMembers, string? listName = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            if (listName is not null) writer.WriteStartObject();
            if (listName is null) writer.WriteStartArray();
            else writer.WriteStartArray(listName);
            foreach (var row in rows)
            {
                writer.WriteStartObject();
                writeMembers(writer, row);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (listName is not null) writer.WriteEndObject();
        });
    }

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void WriteLines(string path, IEnumerable<string> lines) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        foreach (var line in lines) writer.WriteLine(line);
    });

    private static string Cell(string text) => text.AsSpan().ContainsAny(",\"\r\n")
        ? throw new ArgumentException($"The identifier '{text}' cannot stand in a file of values between commas.")
        : text;

    [GeneratedRegex(@"^(0|[1-9][0-9]{0,17})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
