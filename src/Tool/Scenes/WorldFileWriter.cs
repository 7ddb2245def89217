using System.Text;
using System.Text.Json;

namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>
/// Writes what is said about scenes in the formats of the public data sets: captions as COCO's, expressions as RefCOCO's, statements about two
/// pictures as NLVR2's, sentences to judge as SNLI-VE's, questions with choices as VCR's.
/// </summary>
internal static class WorldFileWriter
{
    private const int TextsPerScene = 100;

    /// <summary>How many expressions a scene has, an object's at most two.</summary>
    private const int ExpressionsPerObject = 2;

    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static void Write(SceneSplit split, IReadOnlyList<(Scene Scene, IReadOnlyList<SceneQuestion> Questions)> scenes, int seed)
    {
        var random = new Random(seed);
        WriteCaptions(split, scenes, random);
        WriteExpressions(split, scenes, random);
        WriteLines(split.Entailment, scenes.SelectMany(entry => Entailment(entry.Scene, random)));
        WriteLines(split.Choices, scenes.SelectMany(entry => Choices(entry.Scene, entry.Questions, random)));
        var sets = scenes.Select(entry => entry.Scene).Chunk(ScenePairs.ScenesOfSet);
        WriteLines(split.Pairs, sets.SelectMany((set, i) => Pairs(split, set, i, random)));
    }

    private static object[] Images(IEnumerable<Scene> scenes) =>
        [.. scenes.Select(scene => new { scene.Id, scene.FileName, Width = scene.Side, Height = scene.Side })];

    private static void WriteCaptions(
        SceneSplit split, IReadOnlyList<(Scene Scene, IReadOnlyList<SceneQuestion> Questions)> scenes, Random random) => Write(split.Captions, new
        {
            Images = Images(scenes.Select(entry => entry.Scene)),
            Annotations = scenes.SelectMany(entry => SceneTexts.Captions(entry.Scene, random).Select(
                (caption, i) => new { Id = (entry.Scene.Id * TextsPerScene) + i, ImageId = entry.Scene.Id, Caption = caption })),
        });

    private static void WriteExpressions(
        SceneSplit split, IReadOnlyList<(Scene Scene, IReadOnlyList<SceneQuestion> Questions)> scenes, Random random)
    {
        var objects = scenes.Select(entry => entry.Scene)
            .SelectMany(scene => scene.Objects.Select((item, i) => (Scene: scene, Item: item, Id: (scene.Id * TextsPerScene) + i))).ToList();
        Write(split.Instances, new
        {
            Images = Images(scenes.Select(entry => entry.Scene)),
            Categories = Enum.GetValues<Shape>().Select(shape => new { Id = (int)shape + 1, Name = Scenes.Names.Of(shape) }),
            Attributes = Colour.All.Select((colour, i) => new { Id = i + 1, colour.Name }),
            Annotations = objects.Select(entry => new
            {
                entry.Id,
                ImageId = entry.Scene.Id,
                CategoryId = (int)entry.Item.Shape + 1,
                AttributeIds = new[] { Colour.All.Index().First(pair => pair.Item == entry.Item.Colour).Index + 1 },
                Bbox = new[] { entry.Item.X - entry.Item.Radius, entry.Item.Y - entry.Item.Radius, 2 * entry.Item.Radius, 2 * entry.Item.Radius },
            }),
        });

        // The data set's own file is a pickle of the oldest protocol, which is text.
        using var writer = new StreamWriter(split.Expressions, append: false, Encoding.ASCII);
        writer.Write("(l");
        foreach (var (scene, item, id) in objects)
        {
            var texts = SceneTexts.Expressions(scene).Where(expression => expression.Object == item).Select(expression => expression.Text).ToArray();
            if (texts.Length == 0) continue;
            random.Shuffle(texts);
            writer.Write($"(d{Number("ref_id", id)}{Number("ann_id", id)}{Number("image_id", scene.Id)}{Number("category_id", (int)item.Shape + 1)}");
            writer.Write($"S'split'\nS'{split.Name}'\nsS'sentences'\n(l");
            foreach (var (i, text) in texts.Take(ExpressionsPerObject).Index())
                writer.Write($"(d{Number("sent_id", (id * ExpressionsPerObject) + i)}S'sent'\nS'{text}'\nsa");
            writer.Write("sa");
        }

        writer.Write('.');

        static string Number(string name, int value) => $"S'{name}'\nI{value}\ns";
    }

    private static IEnumerable<object> Entailment(Scene scene, Random random)
    {
        var statements = SceneTexts.Statements(scene).ToList();
        foreach (var (i, label) in new[] { "entailment", "contradiction", "neutral" }.Index())
        {
            var fitting = statements.Where(statement => statement.Holds == (label == "entailment")).ToList();
            yield return new Dictionary<string, object>
            {
                ["Flickr30K_ID"] = Path.GetFileNameWithoutExtension(scene.FileName),
                ["pairID"] = $"{scene.Id}#{i}",
                ["sentence2"] = label == "neutral" ? SceneTexts.Undecided(scene, random) : fitting[random.Next(fitting.Count)].Text,
                ["gold_label"] = label,
            };
        }
    }

    private static IEnumerable<object> Choices(Scene scene, IReadOnlyList<SceneQuestion> questions, Random random) =>
        SceneChoices.Write(scene, questions, random).Select((choice, i) => new
        {
            annot_id = $"{scene.Id}-{i}",
            img_id = Path.GetFileNameWithoutExtension(scene.FileName),
            img_fn = scene.FileName,
            objects = scene.Objects.Select(item => Scenes.Names.Of(item.Shape)),
            question = Words(choice.Question.Replace("?", " ?", StringComparison.Ordinal)),
            answer_choices = choice.Answers.Select(Words),
            answer_label = choice.Answer,
            rationale_choices = choice.Reasons.Select(Words),
            rationale_label = choice.Reason,
        });

    private static string[] Words(string text) => text.Split(' ');

    private static IEnumerable<object> Pairs(SceneSplit split, Scene[] set, int number, Random random)
    {
        if (set.Length < ScenePairs.ScenesOfSet) yield break;
        var statements = ScenePairs.Write((set[0], set[1]), (set[2], set[3]), random).ToList();
        for (var pair = 0; statements.Count > 0 && pair < 2; pair++)
        {
            for (var side = 0; side < 2; side++)
            {
                File.Copy(
                    Path.Combine(split.Images, set[(2 * pair) + side].FileName),
                    Path.Combine(split.PairImages, $"{split.Name}-{number}-{pair}-img{side}.png"));
            }

            foreach (var (i, (text, first)) in statements.Index())
            {
                yield return new
                {
                    identifier = $"{split.Name}-{number}-{pair}-{i}",
                    sentence = text,
                    label = first == (pair == 0) ? bool.TrueString : bool.FalseString,
                };
            }
        }
    }

    private static void Write<T>(string path, T content)
    {
        using var stream = File.Create(path);
        JsonSerializer.Serialize(stream, content, Names);
    }

    private static void WriteLines(string path, IEnumerable<object> rows) =>
        File.WriteAllLines(path, rows.Select(row => JsonSerializer.Serialize(row, row.GetType())));
}
