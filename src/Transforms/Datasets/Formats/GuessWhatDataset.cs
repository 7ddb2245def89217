using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>A question of a game of GuessWhat?! and its answer, about an object that the one who answers knows.</summary>
public sealed class GuessWhatExample : GroundingExample
{
    /// <summary>The game (column GameId, Text).</summary>
    public string GameId { get; set; } = "";

    /// <summary>The question (column QuestionId, Text).</summary>
    public string QuestionId { get; set; } = "";

    /// <summary>The question itself (column Question, Text).</summary>
    public string Question { get; set; } = "";

    /// <summary>"yes", "no" or "n/a" (column Label, Text).</summary>
    public string Label { get; set; } = "";

    /// <summary>The object's class (column Category, Text).</summary>
    public string Category { get; set; } = "";
}

/// <summary>
/// GuessWhat?! (guesswhat.ai), guesswhat.train.jsonl.gz: a game a line with "image" (or "picture"), "objects" (id, category, bbox as x y width
/// height), "object_id" (the one to find), "status" and "qas" (id, question, answer).
/// </summary>
public static class GuessWhatDataset
{
    /// <summary>Opens questions with their answers; Boxes is the box of the object, Expression its class.</summary>
    /// <param name="path">A .jsonl file, also .gz.</param>
    /// <param name="imageFolder">The folder of COCO's images, such as train2014; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<GuessWhatExample> LoadQuestions(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        return new(JsonLines.Rows(path, row => Questions(row, images)).SelectMany(rows => rows));
    }

    /// <summary>
    /// Opens games that ended well: Question is the dialogue as ViLBERT's reference writes it ("start is it red? answer yes stop"), and the
    /// boxes are those of all objects.
    /// </summary>
    /// <inheritdoc cref="LoadQuestions"/>
    public static DatasetRows<PointingExample> LoadGames(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        return new(JsonLines.Rows(path, row => Game(row, images)).OfType<PointingExample>());
    }

    private static List<GuessWhatExample> Questions(JsonRow game, DatasetImages images)
    {
        var (objects, right) = Objects(game);
        float[] all = [.. objects.SelectMany(thing => thing.Box("bbox"))];
        var rows = new List<GuessWhatExample>();
        foreach (var question in game.Items("qas"))
        {
            var category = objects[right].Text("category");
            var row = new GuessWhatExample
            {
                GameId = game.Identifier("id").Text,
                QuestionId = question.Identifier("id").Text,
                Question = question.Text("question"),
                Label = Answer(question),
                Boxes = objects[right].Box("bbox"),
                ObjectBoxes = all,
                Expression = category,
                Category = category,
            };
            if (Name(row, game, images, out var size)) rows.Add(row);
            row.ImageSize = size;
        }

        return rows;
    }

    private static PointingExample? Game(JsonRow game, DatasetImages images)
    {
        if (game.OptionalText("status") is { } status && status != "success") return null;
        var (objects, right) = Objects(game);
        var dialogue = game.Items("qas").Select(question => $"start {question.Text("question")} answer {Answer(question)} stop");
        var row = new PointingExample { QuestionId = game.Identifier("id").Text, Question = string.Join(' ', dialogue) }
            .Choose([.. objects.Select(thing => thing.Box("bbox"))], right);
        var isKept = Name(row, game, images, out var size);
        row.ImageSize = size;
        return isKept ? row : null;
    }

    private static (JsonRow[] Objects, int Right) Objects(JsonRow game)
    {
        JsonRow[] objects = [.. game.Items("objects")];
        var meant = game.Identifier("object_id");
        var right = Array.FindIndex(objects, thing => thing.Identifier("id") == meant);
        return right >= 0 ? (objects, right) : throw game.Error($"'object_id' is {meant}, which none of its {objects.Length} objects has");
    }

    private static string Answer(JsonRow question) => question.Text("answer").ToLowerInvariant() switch
    {
        var answer and ("yes" or "no" or "n/a") => answer,
        var other => throw question.Error($"'answer' must be Yes, No or N/A but is \"{other}\""),
    };

    private static bool Name(ImageExample row, JsonRow game, DatasetImages images, out float[] size)
    {
        var image = game.Object(game.TryGet("image", out _) ? "image" : "picture");
        size = image.TryGet("width", out _) ? [image.Number("width"), image.Number("height")] : [0, 0];
        return images.Name(row, image.Identifier("id"), image.OptionalText("file_name"), game.Error);
    }
}
