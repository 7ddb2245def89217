namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>One object of a scene; coordinates are in pixels from the top left corner.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Size">Its size as questions call it.</param>
/// <param name="X">Centre.</param>
/// <param name="Y">Centre.</param>
/// <param name="Radius">Half its width and height.</param>
internal sealed record SceneObject(Shape Shape, Colour Colour, Size Size, double X, double Y, double Radius);

/// <summary>A picture before it is drawn.</summary>
/// <param name="Id">Its number, from 1.</param>
/// <param name="Side">Width and height in pixels.</param>
/// <param name="Background">The grey of the background, 0..255.</param>
/// <param name="Objects">One to four objects that do not touch.</param>
internal sealed record Scene(int Id, int Side, byte Background, IReadOnlyList<SceneObject> Objects)
{
    private const string Prefix = "scene_";
    private const string Extension = ".png";

    public string FileName => $"{Prefix}{Id:D6}{Extension}";

    public static bool IsFileName(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal);
}
