using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>A dictionary of a pickled list, with where it lies. Nothing of the pickle is run.</summary>
/// <param name="Place">The way to it, as it appears in messages.</param>
/// <param name="Dictionary">The dictionary.</param>
internal readonly record struct PickleRow(string Place, PickleDict Dictionary)
{
    private const int LargestFile = 256 << 20;

    /// <summary>RefCOCO's 142,210 expressions take some six million steps in the old protocols.</summary>
    private const int MostSteps = 1 << 24;

    /// <summary>The dictionaries of a file that is a list of them.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static IEnumerable<PickleRow> ReadList(string path, string kind)
    {
        var bytes = DataFile.ReadAll(path, LargestFile);
        if (bytes.Length == 0) throw new InvalidDataException($"{path}: the file is empty; a pickled list of {kind}s is expected.");
        try
        {
            using var view = new MemoryStorage(bytes).View(0, bytes.Length);
            return Rows($"{path}: {kind} ", new PickleMachine(path, view, bytes.Length, MostSteps).Load(), $"{path}: a list is expected but it is");
        }
        catch (CheckpointFormatException e)
        {
            throw new InvalidDataException($"{path}: it is no pickle that can be read: {e.Problem}", e);
        }
    }

    public long Integer(string name) => Get(name) is long number ? number : throw Wrong(name, "a whole number");

    public string Text(string name) => Get(name) is string text ? text : throw Wrong(name, "a text");

    public IEnumerable<PickleRow> Items(string name) => Rows($"{Place}: {name} ", Get(name), $"{Place}: '{name}' must be a list but is");

    public InvalidDataException Error(string message) => new($"{Place}: {message}.");

    private static IEnumerable<PickleRow> Rows(string place, object? list, string problem)
    {
        if (list is not PickleList { Items: var items }) throw new InvalidDataException($"{problem} {PickleGlobals.Describe(list)}.");
        return items.Select((item, i) => item is PickleDict dictionary
            ? new PickleRow(place + i, dictionary)
            : throw new InvalidDataException($"{place}{i}: a dictionary is expected but it is {PickleGlobals.Describe(item)}."));
    }

    private object? Get(string name) => Dictionary.TryGet(name, out var value) ? value : throw Error($"'{name}' is missing");

    private InvalidDataException Wrong(string name, string expected) =>
        Error($"'{name}' must be {expected} but is {PickleGlobals.Describe(Get(name))}");
}
