namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>A sentence about a scene.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Holds">Whether it is true of the scene.</param>
internal sealed record SceneStatement(string Text, bool Holds);

/// <summary>What can be said about a scene and its objects, apart from questions.</summary>
internal static class SceneTexts
{
    /// <summary>Sentences that a look at a picture neither proves nor refutes.</summary>
    private static readonly string[] Hearsay =
        ["{0} was painted by a child", "somebody likes {0}", "{0} was drawn first", "{0} is made of paper", "{0} will be sold"];

    /// <summary>"red circle".</summary>
    public static string NameOf(SceneObject item) => $"{item.Colour.Name} {Names.Of(item.Shape)}";

    /// <summary>"a" or "an" before a text.</summary>
    public static string A(string text) => ("aeiou".Contains(text[0], StringComparison.Ordinal) ? "an " : "a ") + text;

    /// <summary>Two captions: one names every object in some order, the other tells how many there are and where one is.</summary>
    public static IReadOnlyList<string> Captions(Scene scene, Random random)
    {
        var objects = scene.Objects.ToArray();
        random.Shuffle(objects);
        var names = Array.ConvertAll(objects, item => A($"{Names.Of(item.Size)} {NameOf(item)}"));
        var all = names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
        var relations = Relations(scene).Where(statement => statement.Holds).ToList();
        var second = relations.Count > 0
            ? $"a picture in which {relations[random.Next(relations.Count)].Text}"
            : $"a picture with {Number(names.Length)}, {A(NameOf(objects[0]))} among them";
        return [all, second];
    }

    /// <summary>Sentences that are true or false: of what there is, how much of it, and where.</summary>
    public static IEnumerable<SceneStatement> Statements(Scene scene) => Existence(scene).Concat(Counts(scene)).Concat(Relations(scene));

    /// <summary>A sentence of which the picture does not tell whether it is true.</summary>
    public static string Undecided(Scene scene, Random random) => string.Format(
        null, Hearsay[random.Next(Hearsay.Length)], $"the {NameOf(scene.Objects[random.Next(scene.Objects.Count)])}");

    /// <summary>There is an object of a colour and a shape of which the scene has at least one, so that a single word does not decide.</summary>
    public static IEnumerable<SceneStatement> Existence(Scene scene) =>
        from colour in Colour.All
        from shape in Enum.GetValues<Shape>()
        where scene.Objects.Any(item => item.Colour == colour || item.Shape == shape)
        select new SceneStatement(
            $"there is {A($"{colour.Name} {Names.Of(shape)}")}", scene.Objects.Any(item => item.Colour == colour && item.Shape == shape));

    /// <summary>
    /// The expressions that mean one object alone: by size, colour and shape as far as that is needed, or as the outermost one on a side.
    /// </summary>
    public static IEnumerable<(string Text, SceneObject Object)> Expressions(Scene scene)
    {
        foreach (var item in scene.Objects)
        {
            foreach (var (text, fits) in Descriptions(item))
                if (scene.Objects.Count(fits) == 1) yield return ($"the {text}", item);
        }

        if (scene.Objects.Count < 2) yield break;
        foreach (var (text, place) in new (string, Func<SceneObject, double>)[]
            { ("leftmost", item => item.X), ("rightmost", item => -item.X), ("topmost", item => item.Y), ("bottommost", item => -item.Y) })
        {
            var order = scene.Objects.OrderBy(place).ToList();
            if (place(order[1]) - place(order[0]) >= QuestionFamilies.ClearDistance * scene.Side) yield return ($"the {text} object", order[0]);
        }
    }

    private static IEnumerable<(string Text, Func<SceneObject, bool> Fits)> Descriptions(SceneObject item)
    {
        yield return ($"{item.Colour.Name} object", other => other.Colour == item.Colour);
        yield return (Names.Of(item.Shape), other => other.Shape == item.Shape);
        yield return (NameOf(item), other => other.Colour == item.Colour && other.Shape == item.Shape);
        yield return ($"{Names.Of(item.Size)} object", other => other.Size == item.Size);
        yield return ($"{Names.Of(item.Size)} {Names.Of(item.Shape)}", other => other.Size == item.Size && other.Shape == item.Shape);
    }

    private static IEnumerable<SceneStatement> Counts(Scene scene)
    {
        for (var count = 1; count <= 4; count++)
            yield return new($"there {(count == 1 ? "is" : "are")} {Number(count)}", scene.Objects.Count == count);
    }

    private static IEnumerable<SceneStatement> Relations(Scene scene) =>
        from one in scene.Objects
        from other in scene.Objects
        where one != other && NameOf(one) != NameOf(other)
        from side in new[]
        {
            (Text: "left of", Distance: other.X - one.X), (Text: "right of", Distance: one.X - other.X),
            (Text: "above", Distance: other.Y - one.Y), (Text: "below", Distance: one.Y - other.Y),
        }
        where Math.Abs(side.Distance) >= QuestionFamilies.ClearDistance * scene.Side
        select new SceneStatement($"the {NameOf(one)} is {side.Text} the {NameOf(other)}", side.Distance > 0);

    private static string Number(int count) =>
        count switch { 1 => "one object", 2 => "two objects", 3 => "three objects", 4 => "four objects", _ => $"{count} objects" };
}
