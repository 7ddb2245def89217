namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>Statements about two pictures.</summary>
internal static class ScenePairs
{
    /// <summary>Four scenes make two pairs.</summary>
    public const int ScenesOfSet = 4;

    private const int PerSet = 2;

    /// <summary>
    /// Statements that are true of one pair and false of the other, as NLVR2 was made, so that the words alone tell nothing.
    /// </summary>
    /// <returns>The statement, and whether it is true of the first pair; it is false of the other if so, and the other way round.</returns>
    public static IEnumerable<(string Text, bool First)> Write((Scene Left, Scene Right) first, (Scene Left, Scene Right) second, Random random)
    {
        var candidates = Statements(first).Zip(Statements(second))
            .Where(pair => pair.First.Holds != pair.Second.Holds).Select(pair => (pair.First.Text, pair.First.Holds)).ToArray();
        random.Shuffle(candidates);
        return candidates.Take(PerSet);
    }

    /// <summary>The same statements in the same order, whatever the scenes.</summary>
    private static IEnumerable<SceneStatement> Statements((Scene Left, Scene Right) pair)
    {
        var (left, right) = (pair.Left.Objects, pair.Right.Objects);
        yield return new("the left picture has more objects than the right picture", left.Count > right.Count);
        yield return new("the right picture has more objects than the left picture", right.Count > left.Count);
        yield return new("both pictures have the same number of objects", left.Count == right.Count);
        foreach (var (text, fits) in Kinds())
        {
            var (inLeft, inRight) = (left.Any(fits), right.Any(fits));
            yield return new($"there is {text} in both pictures", inLeft && inRight);
            yield return new($"there is {text} in only one of the pictures", inLeft != inRight);
            yield return new($"there is {text} in the left picture", inLeft);
            yield return new($"there is {text} in the right picture", inRight);
        }
    }

    private static IEnumerable<(string Text, Func<SceneObject, bool> Fits)> Kinds()
    {
        foreach (var colour in Colour.All) yield return (SceneTexts.A($"{colour.Name} object"), item => item.Colour == colour);
        foreach (var shape in Enum.GetValues<Shape>()) yield return (SceneTexts.A(Names.Of(shape)), item => item.Shape == shape);
    }
}
