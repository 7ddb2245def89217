using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Tokenization;
using MLNet.VisionLanguage.Tool.Scenes;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>Rendered scenes as rows of a picture, a text, and the boxes of what parts of the text mean.</summary>
internal static class GroundedScenes
{
    /// <summary>A colour and a shape that no text of training names together; scenes that have such an object are left out.</summary>
    public const string Unnamed = "red cross";

    /// <summary>How many names a prompt has.</summary>
    public const int PromptNames = 6;

    /// <summary>All names of a colour and a shape.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Colour.All.SelectMany(colour => Enum.GetValues<Shape>().Select(shape => $"{colour.Name} {MLNet.VisionLanguage.Tool.Scenes.Names.Of(shape)}")),
    ];

    /// <summary>Those of them that training may name.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Names.Where(name => name != Unnamed)];

    /// <summary>So many scenes from a number on, of which none has <see cref="Unnamed"/>.</summary>
    public static IReadOnlyList<Scene> Scenes(int seed, int first, int count)
    {
        var generator = new SceneGenerator(seed);
        return [.. Enumerable.Range(first, int.MaxValue - first).Select(generator.Create).Where(scene => !Has(scene, Unnamed)).Take(count)];
    }

    /// <summary>So many scenes from a number on, of which each has one object of that name, and others.</summary>
    public static IReadOnlyList<Scene> ScenesWith(string name, int seed, int first, int count)
    {
        var generator = new SceneGenerator(seed);
        return
        [
            .. Enumerable.Range(first, int.MaxValue - first).Select(generator.Create)
                .Where(scene => scene.Objects.Count > 1 && scene.Objects.Count(item => SceneTexts.NameOf(item) == name) == 1).Take(count),
        ];
    }

    /// <summary>The caption that names every object, and the phrase of each.</summary>
    public static GroundedScene Caption(Scene scene, Random random) => new()
    {
        Image = SceneRenderer.Draw(scene),
        Text = SceneTexts.Captions(scene, random)[0],
        Boxes = Boxes(scene.Objects),
        Labels = [.. scene.Objects.Select(Phrase)],
    };

    /// <summary>An expression that means one object; null where the scene has none.</summary>
    public static GroundedScene? Expression(Scene scene, Random random)
    {
        var all = SceneTexts.Expressions(scene).ToList();
        if (all.Count == 0) return null;
        var (text, item) = all[random.Next(all.Count)];
        return new() { Image = SceneRenderer.Draw(scene), Text = text, Boxes = Boxes([item]), Labels = [text] };
    }

    /// <summary>The colours' names and the shapes', each for themselves.</summary>
    public static IReadOnlyList<string> Words { get; } =
        [.. Colour.All.Select(colour => colour.Name), .. Enum.GetValues<Shape>().Select(MLNet.VisionLanguage.Tool.Scenes.Names.Of)];

    /// <summary>What an object is called: by colour and shape, by its colour or by its shape.</summary>
    public static IReadOnlyList<string> NamesOf(SceneObject item) =>
        [SceneTexts.NameOf(item), item.Colour.Name, MLNet.VisionLanguage.Tool.Scenes.Names.Of(item.Shape)];

    /// <summary>
    /// A prompt of six names of a colour and a shape, or now and then of colours or of shapes alone: some that are there, perhaps none, and others. Objects
    /// that are not named are passed over.
    /// </summary>
    public static GroundedScene Prompt(Scene scene, Random random)
    {
        var kind = Math.Max(0, random.Next(6) - 3);
        var all = kind switch { 0 => Known, 1 => Words.Take(Colour.All.Count), _ => Words.Skip(Colour.All.Count) };
        string[] present = [.. scene.Objects.Select(item => NamesOf(item)[kind]).Distinct()];
        string[] kept = [.. present.Where(_ => random.NextDouble() < 0.5)], others = [.. all.Except(present)];
        if (kept.Length == 0 && others.Length == 0) kept = present;
        random.Shuffle(others);
        string[] named = [.. kept, .. others.Take(PromptNames - kept.Length)];
        random.Shuffle(named);
        var objects = scene.Objects.Where(item => kept.Contains(NamesOf(item)[kind])).ToList();
        return new()
        {
            Image = SceneRenderer.Draw(scene),
            Text = DetectionPrompt.Of(named).Text,
            Boxes = Boxes(objects),
            Labels = [.. objects.Select(item => NamesOf(item)[kind])],
        };
    }

    /// <summary>A picture with all that is in it.</summary>
    public static GroundedScene Objects(Scene scene) => new()
    {
        Image = SceneRenderer.Draw(scene),
        Boxes = Boxes(scene.Objects),
        Labels = [.. scene.Objects.Select(SceneTexts.NameOf)],
    };

    /// <summary>"a small red circle".</summary>
    public static string Phrase(SceneObject item) => SceneTexts.A($"{MLNet.VisionLanguage.Tool.Scenes.Names.Of(item.Size)} {SceneTexts.NameOf(item)}");

    /// <summary>x1, y1, x2, y2 of each object's pixels.</summary>
    public static float[] Boxes(IEnumerable<SceneObject> objects) => [.. objects.SelectMany(item =>
    {
        var (half, bottom) = item.Shape switch { Shape.Square => (0.88, 0.88), Shape.Triangle => (1, 0.9), _ => (1.0, 1.0) };
        var top = item.Shape == Shape.Square ? 0.88 : 1;
        return new[]
        {
            (float)(item.X - (half * item.Radius)), (float)(item.Y - (top * item.Radius)), (float)(item.X + (half * item.Radius)),
            (float)(item.Y + (bottom * item.Radius)),
        };
    })];

    private static bool Has(Scene scene, string name) => scene.Objects.Any(item => SceneTexts.NameOf(item) == name);
}

/// <summary>A picture, a text, and where what its parts mean is.</summary>
internal sealed class GroundedScene
{
    [ImageType(SceneGenerator.Side, SceneGenerator.Side)]
    public MLImage? Image { get; set; }

    public string Text { get; set; } = "";

    public float[] Boxes { get; set; } = [];

    /// <summary>The part of the text that means each box.</summary>
    public string[] Labels { get; set; } = [];
}
