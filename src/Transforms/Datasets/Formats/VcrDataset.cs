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

    /// <summary>
    /// For each word of the question the object that it names: 0 none, 1 the first of <see cref="Objects"/> (column QuestionTags,
    /// Vector&lt;Int64&gt;); what VL-BERT is told where these are the row's regions.
    /// </summary>
    [VectorType]
    public long[] QuestionTags { get; set; } = [];

    /// <summary>The same of the first answer (column Answer0Tags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] Answer0Tags { get; set; } = [];

    /// <summary>The same of the second answer (column Answer1Tags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] Answer1Tags { get; set; } = [];

    /// <summary>The same of the third answer (column Answer2Tags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] Answer2Tags { get; set; } = [];

    /// <summary>The same of the fourth answer (column Answer3Tags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] Answer3Tags { get; set; } = [];

    /// <summary>The same of the answered question (column AnsweredQuestionTags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] AnsweredQuestionTags { get; set; } = [];

    /// <summary>The same of the first rationale (column Rationale0Tags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] Rationale0Tags { get; set; } = [];

    /// <summary>The same of the second rationale (column Rationale1Tags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] Rationale1Tags { get; set; } = [];

    /// <summary>The same of the third rationale (column Rationale2Tags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] Rationale2Tags { get; set; } = [];

    /// <summary>The same of the fourth rationale (column Rationale3Tags, Vector&lt;Int64&gt;).</summary>
    [VectorType]
    public long[] Rationale3Tags { get; set; } = [];

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
    /// <param name="joiningWord">What stands between objects that are named together, "and" in VL-BERT's reference; null for nothing.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<VcrExample> Load(
        string path, string? imageFolder = null, string? metadataFolder = null, DatasetOptions? options = null, string? joiningWord = null)
    {
        DatasetImages.Existing(path);
        if (metadataFolder is not null && !Directory.Exists(metadataFolder))
            throw new DirectoryNotFoundException($"The metadata folder '{metadataFolder}' does not exist.");
        var images = new DatasetImages(imageFolder, options);
        return new(JsonLines.Rows(path, row => Parse(row, images, metadataFolder, joiningWord)).OfType<VcrExample>());
    }

    private static VcrExample? Parse(JsonRow row, DatasetImages images, string? metadataFolder, string? joiningWord)
    {
        var objects = row.Texts("objects");
        var names = new ObjectNames(Names(objects), joiningWord);
        Tagged[] answers = Texts(row, "answer_choices", names), rationales = Texts(row, "rationale_choices", names);
        var question = Text(row, "question", row.Get("question"), names);
        var answer = row.TryGet("answer_label", out _) ? row.NumberBelow("answer_label", Choices) : -1;
        var example = new VcrExample
        {
            QuestionId = row.Identifier("annot_id").Text,
            Question = question.Text,
            QuestionTags = question.Tags,
            Answer0 = answers[0].Text,
            Answer0Tags = answers[0].Tags,
            Answer1 = answers[1].Text,
            Answer1Tags = answers[1].Tags,
            Answer2 = answers[2].Text,
            Answer2Tags = answers[2].Tags,
            Answer3 = answers[3].Text,
            Answer3Tags = answers[3].Tags,
            Rationale0 = rationales[0].Text,
            Rationale0Tags = rationales[0].Tags,
            Rationale1 = rationales[1].Text,
            Rationale1Tags = rationales[1].Tags,
            Rationale2 = rationales[2].Text,
            Rationale2Tags = rationales[2].Tags,
            Rationale3 = rationales[3].Text,
            Rationale3Tags = rationales[3].Tags,
            AnswerLabel = answer < 0 ? "" : $"{answer}",
            AnsweredQuestion = answer < 0 ? "" : $"{question.Text} {answers[answer].Text}",
            AnsweredQuestionTags = answer < 0 ? [] : [.. question.Tags, .. answers[answer].Tags],
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

    private static Tagged[] Texts(JsonRow row, string name, ObjectNames names)
    {
        var choices = row.List(name);
        if (choices.GetArrayLength() != Choices) throw row.Error($"'{name}' must have {Choices} texts but has {choices.GetArrayLength()}");
        return [.. choices.EnumerateArray().Select((choice, i) => Text(row, $"{name}[{i}]", choice, names))];
    }

    private static Tagged Text(JsonRow row, string name, JsonElement words, ObjectNames names)
    {
        if (words.ValueKind != JsonValueKind.Array) throw row.Error($"'{name}' must be a list but is {JsonRow.Name(words)}");
        (string Text, int Tag)[] parts =
        [
            .. words.EnumerateArray().SelectMany(word => word.ValueKind == JsonValueKind.Array
                ? names.Join(word.EnumerateArray().Select(number => row.AsNumberBelow(name, number, names.Names.Length)))
                : [(row.AsText(name, word), 0)]),
        ];
        return new(
            string.Join(' ', parts.Select(part => part.Text)),
            [.. parts.SelectMany(part => Enumerable.Repeat((long)part.Tag, part.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length))]);
    }

    private static void ReadBoxes(JsonRow row, VcrExample example, string path)
    {
        if (!File.Exists(path)) throw row.Error($"its metadata file '{path}' does not exist");
        try
        {
            var json = DataFile.ReadAll(path, LargestMetadata);
            if (json.Length == 0) throw row.Error($"its metadata file '{path}' is empty; a JSON object with 'boxes' is expected");
            using var document = JsonDocument.Parse(json);
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

    /// <summary>What the objects of a picture are called.</summary>
    private sealed record ObjectNames(string[] Names, string? JoiningWord)
    {
        /// <summary>Objects that are named together, each with its tag.</summary>
        public IEnumerable<(string Text, int Tag)> Join(IEnumerable<int> numbers) => numbers.SelectMany((number, i) =>
            i > 0 && JoiningWord is { } word ? new[] { (word, 0), (Names[number], number + 1) } : [(Names[number], number + 1)]);
    }

    /// <summary>A text with the object that each of its words names.</summary>
    private readonly record struct Tagged(string Text, long[] Tags);
}
