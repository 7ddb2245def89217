namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>What an object can look like. The names are the words of questions and answers.</summary>
internal enum Shape
{
    Circle,
    Square,
    Triangle,
    Cross,
}

internal enum Size
{
    Small,
    Large,
}

/// <summary>A named colour.</summary>
internal sealed record Colour(string Name, byte Red, byte Green, byte Blue)
{
    public static IReadOnlyList<Colour> All { get; } =
    [
        new("red", 214, 40, 40),
        new("green", 46, 160, 67),
        new("blue", 38, 84, 214),
        new("yellow", 240, 205, 30),
        new("purple", 140, 60, 190),
        new("orange", 240, 130, 30),
    ];
}

internal static class Names
{
    public static string Of(Shape shape) => shape.ToString().ToLowerInvariant();

    public static string Of(Size size) => size.ToString().ToLowerInvariant();
}
