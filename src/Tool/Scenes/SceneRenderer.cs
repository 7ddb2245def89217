using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>Draws scenes. Edges are smooth: each pixel of a shape's box is sampled in several places.</summary>
internal static class SceneRenderer
{
    private const int Samples = 4;

    /// <summary>The picture; the caller disposes it.</summary>
    public static MLImage Draw(Scene scene)
    {
        var side = scene.Side;
        var pixels = new byte[side * side * 4];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = i % 4 == 3 ? byte.MaxValue : scene.Background;
        foreach (var item in scene.Objects)
            Draw(item, pixels, side);
        return MLImage.CreateFromPixels(side, side, MLPixelFormat.Rgba32, pixels);
    }

    private static void Draw(SceneObject item, byte[] pixels, int side)
    {
        var (left, right) = Range(item.X, item.Radius, side);
        var (top, bottom) = Range(item.Y, item.Radius, side);
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var cover = Cover(item, x, y);
                var at = ((y * side) + x) * 4;
                pixels[at] = Mix(pixels[at], item.Colour.Red, cover);
                pixels[at + 1] = Mix(pixels[at + 1], item.Colour.Green, cover);
                pixels[at + 2] = Mix(pixels[at + 2], item.Colour.Blue, cover);
            }
        }
    }

    private static (int From, int To) Range(double centre, double radius, int side) =>
        (Math.Max(0, (int)Math.Floor(centre - radius)), Math.Min(side, (int)Math.Ceiling(centre + radius)));

    private static double Cover(SceneObject item, int x, int y)
    {
        var inside = 0;
        for (var i = 0; i < Samples * Samples; i++)
        {
            var u = (x + ((i % Samples + 0.5) / Samples) - item.X) / item.Radius;
            var v = (y + ((i / Samples + 0.5) / Samples) - item.Y) / item.Radius;
            if (Contains(item.Shape, u, v)) inside++;
        }

        return inside / (double)(Samples * Samples);
    }

    /// <summary>Whether a point belongs to the shape; the shape's box reaches from -1 to 1, v downwards.</summary>
    private static bool Contains(Shape shape, double u, double v) => shape switch
    {
        Shape.Circle => (u * u) + (v * v) <= 1,
        Shape.Square => Math.Abs(u) <= 0.88 && Math.Abs(v) <= 0.88,
        Shape.Triangle => v <= 0.9 && Math.Abs(u) <= (v + 1) / 1.9,
        Shape.Cross => Math.Min(Math.Abs(u), Math.Abs(v)) <= 0.32 && Math.Max(Math.Abs(u), Math.Abs(v)) <= 1,
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "Unknown shape."),
    };

    private static byte Mix(byte under, byte over, double cover) => (byte)Math.Round(under + ((over - under) * cover));
}
