namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Scenes;

/// <summary>Makes scenes up; a seed and a number always give the same scene.</summary>
internal sealed class SceneGenerator(int seed)
{
    public const int MostObjects = 4;

    /// <summary>Pixels along each side of every picture.</summary>
    public const int Side = 96;

    private const double Gap = 2;
    private const int Tries = 200;

    public Scene Create(int id)
    {
        var random = new Random(HashCode(seed, id));
        var count = 1 + random.Next(MostObjects);
        List<SceneObject>? objects;
        while ((objects = TryPlace(random, count)) is null)
        {
        }

        return new Scene(id, Side, (byte)random.Next(215, 246), objects);
    }

    /// <summary>Null when the objects drawn first leave no room for the others.</summary>
    private static List<SceneObject>? TryPlace(Random random, int count)
    {
        var objects = new List<SceneObject>(count);
        for (var tries = 0; objects.Count < count; tries++)
        {
            if (tries == Tries)
                return null;
            var size = random.Next(2) == 0 ? Size.Small : Size.Large;
            var radius = size == Size.Small ? 9 + (2 * random.NextDouble()) : 16 + (3 * random.NextDouble());
            var (x, y) = (Position(random, radius), Position(random, radius));
            if (objects.Any(other => Touches(other, x, y, radius)))
                continue;
            var shape = (Shape)random.Next(Enum.GetValues<Shape>().Length);
            objects.Add(new SceneObject(shape, Colour.All[random.Next(Colour.All.Count)], size, x, y, radius));
        }

        return objects;
    }

    private static double Position(Random random, double radius) => radius + 1 + (random.NextDouble() * (Side - (2 * radius) - 2));

    private static bool Touches(SceneObject other, double x, double y, double radius)
    {
        var reach = other.Radius + radius + Gap;
        return Math.Abs(other.X - x) < reach && Math.Abs(other.Y - y) < reach;
    }

    /// <summary>System.HashCode differs from process to process.</summary>
    private static int HashCode(int seed, int id) => unchecked((int)(((uint)seed * 2654435761u) ^ ((uint)id * 2246822519u) ^ ((uint)id >> 15))) & int.MaxValue;
}
