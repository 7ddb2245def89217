namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>Every question that can be asked about a scene, family by family. Each has exactly one right answer.</summary>
internal static class QuestionFamilies
{
    /// <summary>So many sides of the picture make an object clearly left of, or above, another or the middle.</summary>
    internal const double ClearDistance = 0.15;

    /// <summary>The families, and how many questions of each a scene gets.</summary>
    public static IReadOnlyList<(string Name, int PerScene, Func<Scene, IEnumerable<SceneQuestion>> Candidates)> All { get; } =
    [
        ("color", 2, Colours),
        ("shape", 2, Shapes),
        ("existence", 2, Existence),
        ("count", 2, Counts),
        ("position", 2, Positions),
    ];

    private static IEnumerable<SceneQuestion> Colours(Scene scene)
    {
        foreach (var item in scene.Objects)
        {
            var shape = Names.Of(item.Shape);
            if (scene.Objects.Count(other => other.Shape == item.Shape) == 1)
                yield return new("color", $"what color is the {shape}?", item.Colour.Name);
            else if (scene.Objects.Count(other => other.Shape == item.Shape && other.Size == item.Size) == 1)
                yield return new("color", $"what color is the {Names.Of(item.Size)} {shape}?", item.Colour.Name);
        }
    }

    private static IEnumerable<SceneQuestion> Shapes(Scene scene)
    {
        foreach (var item in scene.Objects)
        {
            if (scene.Objects.Count(other => other.Colour == item.Colour) == 1)
                yield return new("shape", $"what shape is the {item.Colour.Name} object?", Names.Of(item.Shape));
            else if (scene.Objects.Count(other => other.Colour == item.Colour && other.Size == item.Size) == 1)
                yield return new("shape", $"what shape is the {Names.Of(item.Size)} {item.Colour.Name} object?", Names.Of(item.Shape));
        }
    }

    private static IEnumerable<SceneQuestion> Existence(Scene scene)
    {
        foreach (var colour in Colour.All)
        {
            yield return new("existence", $"is there {SceneTexts.A(colour.Name)} object?", YesNo(scene.Objects.Any(item => item.Colour == colour)));
            foreach (var shape in Enum.GetValues<Shape>())
            {
                // Where neither the colour nor the shape occurs, the answer is too easy.
                if (scene.Objects.Any(item => item.Colour == colour || item.Shape == shape))
                {
                    var found = scene.Objects.Any(item => item.Colour == colour && item.Shape == shape);
                    yield return new("existence", $"is there {SceneTexts.A(colour.Name)} {Names.Of(shape)}?", YesNo(found));
                }
            }
        }

        foreach (var shape in Enum.GetValues<Shape>())
            yield return new("existence", $"is there a {Names.Of(shape)}?", YesNo(scene.Objects.Any(item => item.Shape == shape)));
    }

    private static IEnumerable<SceneQuestion> Counts(Scene scene)
    {
        yield return Count("objects", _ => true);
        foreach (var size in Enum.GetValues<Size>())
            yield return Count($"{Names.Of(size)} objects", item => item.Size == size);
        foreach (var shape in Enum.GetValues<Shape>())
        {
            var plural = shape == Shape.Cross ? "crosses" : Names.Of(shape) + "s";
            yield return Count(plural, item => item.Shape == shape);
        }

        foreach (var colour in Colour.All)
            yield return Count($"{colour.Name} objects", item => item.Colour == colour);

        SceneQuestion Count(string what, Func<SceneObject, bool> fits) =>
            new("count", $"how many {what} are there?", Number(scene.Objects.Count(fits)));
    }

    /// <summary>
    /// The answer names the side. If the question named it, "yes" would follow neither from the side asked for nor from the object's
    /// place, only from whether they agree, and a small model does not find that in minutes.
    /// </summary>
    private static IEnumerable<SceneQuestion> Positions(Scene scene)
    {
        var named = scene.Objects.Where(item => scene.Objects.Count(other => other.Colour == item.Colour) == 1).ToList();
        var middle = scene.Side / 2.0;
        foreach (var item in named)
        {
            var one = $"the {item.Colour.Name} object";
            if (IsClear(item.X - middle))
                yield return new("position", $"is {one} on the left or on the right?", item.X < middle ? "left" : "right");
            if (IsClear(item.Y - middle))
                yield return new("position", $"is {one} at the top or at the bottom?", item.Y < middle ? "top" : "bottom");
            foreach (var second in named.Where(second => second != item))
            {
                var other = $"the {second.Colour.Name} object";
                if (IsClear(item.X - second.X))
                    yield return new("position", $"is {one} left or right of {other}?", item.X < second.X ? "left" : "right");
                if (IsClear(item.Y - second.Y))
                    yield return new("position", $"is {one} above or below {other}?", item.Y < second.Y ? "above" : "below");
            }
        }

        bool IsClear(double distance) => Math.Abs(distance) >= ClearDistance * scene.Side;
    }

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Number(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
