namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>Makes scenes up; a seed and a number always give the same scene.</summary>
internal sealed class SceneGenerator(int seed)
{
    /// <summary>Pixels along each side of every picture.</summary>
    public const int Side = 96;

    /// <summary>The picture has so many places along each side; every object has one to itself.</summary>
    private const int Places = 3;

    private const double PlaceSide = (double)Side / Places;

    /// <summary>Pixels that an object may stand off the middle of its place.</summary>
    private const double MostJitter = 2.5;

    /// <summary>
    /// How many of ten scenes have one, two, three and four objects. Scenes with few objects show what words mean; what a question picks
    /// out of several is learned on top of that.
    /// </summary>
    private static readonly int[] Counts = [4, 3, 2, 1];

    public Scene Create(int id)
    {
        var random = new Random(HashCode(seed, id));
        var places = Enumerable.Range(0, Places * Places).ToArray();
        random.Shuffle(places);
        var objects = places.Take(Count(random)).Select(place => CreateObject(random, place)).ToList();
        return new Scene(id, Side, (byte)random.Next(220, 246), objects);
    }

    private static int Count(Random random)
    {
        var left = random.Next(Counts.Sum());
        var count = 0;
        while ((left -= Counts[count++]) >= 0)
        {
        }

        return count;
    }

    private static SceneObject CreateObject(Random random, int place)
    {
        var size = random.Next(2) == 0 ? Size.Small : Size.Large;
        var radius = size == Size.Small ? 9 + (1.5 * random.NextDouble()) : 13 + (2 * random.NextDouble());
        var play = Math.Min(MostJitter, (PlaceSide / 2) - radius);
        return new SceneObject(
            (Shape)random.Next(Enum.GetValues<Shape>().Length),
            Colour.All[random.Next(Colour.All.Count)],
            size,
            ((place % Places + 0.5) * PlaceSide) + Jitter(random, play),
            ((place / Places + 0.5) * PlaceSide) + Jitter(random, play),
            radius);
    }

    private static double Jitter(Random random, double most) => ((2 * random.NextDouble()) - 1) * most;

    /// <summary>System.HashCode differs from process to process.</summary>
    private static int HashCode(int seed, int id) =>
        unchecked((int)(((uint)seed * 2654435761u) ^ ((uint)id * 2246822519u) ^ ((uint)id >> 15))) & int.MaxValue;
}
