using System.Text.Json;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage;

/// <summary>
/// A question of Visual Commonsense Reasoning with four answers, and four rationales for the right one. In all texts the numbers of objects
/// stand as names: a person's is one of fourteen first names, another object's its class.
/// </summary>
public sealed class VcrExample : ImageExample
{
    /// <summary>The question's annot_id (column QuestionId, Text).</summary>
    public string QuestionId { get; set; } = "";

    /// <summary>The question (column Question, Text).</summary>
    public string Question { get; set; } = "";

    /// <summary>The first answer to choose from (column Answer0, Text).</summary>
    public string Answer0 { get; set; } = "";

    /// <summary>The second answer (column Answer1, Text).</summary>
    public string Answer1 { get; set; } = "";

    /// <summary>The third answer (column Answer2, Text).</summary>
    public string Answer2 { get; set; } = "";

    /// <summary>The fourth answer (column Answer3, Text).</summary>
    public string Answer3 { get; set; } = "";

    /// <summary>The right answer's number, "0" to "3" (column AnswerLabel, Text); empty in the test part.</summary>
    public string AnswerLabel { get; set; } = "";

    /// <summary>The question and its right answer, which a rationale explains (column AnsweredQuestion, Text); empty in the test part.</summary>
    public string AnsweredQuestion { get; set; } = "";

    /// <summary>The first rationale to choose from (column Rationale0, Text).</summary>
    public string Rationale0 { get; set; } = "";

    /// <summary>The second rationale (column Rationale1, Text).</summary>
    public string Rationale1 { get; set; } = "";

    /// <summary>The third rationale (column Rationale2, Text).</summary>
    public string Rationale2 { get; set; } = "";

    /// <summary>The fourth rationale (column Rationale3, Text).</summary>
    public string Rationale3 { get; set; } = "";

    /// <summary>The right rationale's number, "0" to "3" (column RationaleLabel, Text); empty in the test part.</summary>
    public string RationaleLabel { get; set; } = "";

    /// <summary>The classes of the picture's objects (column Objects, Vector&lt;Text&gt;).</summary>
    [VectorType]
    public string[] Objects { get; set; } = [];

    /// <summary>Their boxes, pixels x1 y1 x2 y2 (column ObjectBoxes, Vector&lt;Single&gt;); empty without a folder of metadata.</summary>
    [VectorType]
    public float[] ObjectBoxes { get; set; } = [];

    /// <summary>The picture's width and height in pixels (column ImageSize, Vector&lt;Single, 2&gt;); 0 without a folder of metadata.</summary>
    [VectorType(2)]
    public float[] ImageSize { get; set; } = [0, 0];
}

/// <summary>
/// Visual Commonsense Reasoning (visualcommonsense.com), train.jsonl and others: texts are lists of words and of lists of numbers of objects;
/// boxes and the picture's size are in the metadata file beside the picture.
/// </summary>
public static class VcrDataset
{
    private const int Choices = 4;
    private const int LargestMetadata = 64 << 20;

    /// <summary>The names that r2c and ViLBERT give people, each once. The nth person of a picture gets the nth, so that texts do not change.</summary>
    private static readonly string[] People =
    [
        "Casey", "Riley", "Jessie", "Jackie", "Avery", "Jaime", "Peyton", "Kerry", "Jody", "Kendall", "Skyler", "Frankie", "Pat", "Quinn",
    ];

    /// <summary>Opens questions.</summary>
    /// <param name="path">A .jsonl file, also .gz.</param>
    /// <param name="imageFolder">vcr1images; null for names alone.</param>
    /// <param name="metadataFolder">The folder of the metadata files, mostly <paramref name="imageFolder"/>; null to leave boxes out.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<VcrExample> Load(
        string path, string? imageFolder = null, string? metadataFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        if (metadataFolder is not null && !Directory.Exists(metadataFolder))
            throw new DirectoryNotFoundException($"The metadata folder '{metadataFolder}' does not exist.");
        var images = new DatasetImages(imageFolder, options);
        return new(JsonLines.Rows(path, row => Parse(row, images, metadataFolder)).OfType<VcrExample>());
    }

    private static VcrExample? Parse(JsonRow row, DatasetImages images, string? metadataFolder)
    {
        var objects = row.Texts("objects");
        var names = Names(objects);
        string[] answers = Texts(row, "answer_choices", names), rationales = Texts(row, "rationale_choices", names);
        var question = Text(row, "question", row.Get("question"), names);
        var answer = row.TryGet("answer_label", out _) ? row.NumberBelow("answer_label", Choices) : -1;
        var example = new VcrExample
        {
            QuestionId = row.Identifier("annot_id").Text,
            Question = question,
            Answer0 = answers[0],
            Answer1 = answers[1],
            Answer2 = answers[2],
            Answer3 = answers[3],
            Rationale0 = rationales[0],
            Rationale1 = rationales[1],
            Rationale2 = rationales[2],
            Rationale3 = rationales[3],
            AnswerLabel = answer < 0 ? "" : $"{answer}",
            AnsweredQuestion = answer < 0 ? "" : $"{question} {answers[answer]}",
            RationaleLabel = row.TryGet("rationale_label", out _) ? $"{row.NumberBelow("rationale_label", Choices)}" : "",
            Objects = objects,
        };
        if (!images.Name(example, row.Identifier("img_id"), row.Text("img_fn"), row.Error)) return null;
        if (metadataFolder is not null) ReadBoxes(row, example, Path.Combine(metadataFolder, row.Text("metadata_fn")));
        return example;
    }

    private static string[] Names(string[] objects)
    {
        var people = 0;
        return Array.ConvertAll(objects, name => name == "person" ? People[people++ % People.Length] : name);
    }

    private static string[] Texts(JsonRow row, string name, string[] names)
    {
        var choices = row.List(name);
        if (choices.GetArrayLength() != Choices) throw row.Error($"'{name}' must have {Choices} texts but has {choices.GetArrayLength()}");
        return [.. choices.EnumerateArray().Select((choice, i) => Text(row, $"{name}[{i}]", choice, names))];
    }

    private static string Text(JsonRow row, string name, JsonElement words, string[] names)
    {
        if (words.ValueKind != JsonValueKind.Array) throw row.Error($"'{name}' must be a list but is {JsonRow.Name(words)}");
        return string.Join(' ', words.EnumerateArray().Select(word => word.ValueKind == JsonValueKind.Array
            ? string.Join(' ', word.EnumerateArray().Select(number => names[row.AsNumberBelow(name, number, names.Length)]))
            : row.AsText(name, word)));
    }

    private static void ReadBoxes(JsonRow row, VcrExample example, string path)
    {
        if (!File.Exists(path)) throw row.Error($"its metadata file '{path}' does not exist");
        try
        {
            using var document = JsonDocument.Parse(DataFile.ReadAll(path, LargestMetadata));
            var metadata = JsonRow.Whole(path, document.RootElement);
            example.ImageSize = [metadata.Number("width"), metadata.Number("height")];
            var boxes = metadata.List("boxes");
            if (boxes.GetArrayLength() != example.Objects.Length)
                throw metadata.Error($"there are {boxes.GetArrayLength()} boxes for {example.Objects.Length} objects");

            // A detector's score stands after the four numbers.
            example.ObjectBoxes = [.. boxes.EnumerateArray().SelectMany((box, i) => metadata.AsNumbers($"boxes[{i}]", box, 4))];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: line {e.LineNumber + 1}: not valid JSON: {e.Message}", e);
        }
    }
}
