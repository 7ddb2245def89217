using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MLNet.VisionLanguage.Tool.Joint;

/// <summary>The keys of one task, each asked for by its type; what is never asked for is unknown.</summary>
/// <param name="path">The file.</param>
/// <param name="name">The task: TASK1.</param>
/// <param name="line">Where it begins.</param>
internal sealed class TaskSection(string path, string name, long line)
{
    private readonly Dictionary<string, (long Line, IReadOnlyList<Scalar> Values)> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public string Name => name;

    public long Line => line;

    /// <summary>The folder that the file's paths start from.</summary>
    public string Folder { get; } = Path.GetDirectoryName(Path.GetFullPath(path))!;

    public void Add(Scalar key, IReadOnlyList<Scalar> values)
    {
        if (!_entries.TryAdd(key.Value, (key.Start.Line, values))) throw Fail(key.Start.Line, $"{key.Value} stands twice");
    }

    public string Text(string key) => Find(key, isRequired: true) is { } value ? Text(key, value) : "";

    /// <summary>A text that may be missing or empty.</summary>
    public string? OptionalText(string key) => Find(key, isRequired: false) is { } value && Text(key, value) is { Length: > 0 } text ? text : null;

    /// <summary>Texts that may be missing or empty.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        _asked.Add(key);
        return _entries.TryGetValue(key, out var entry) ? [.. entry.Values.Select(value => Text(key, value)).Where(text => text.Length > 0)] : [];
    }

    public int Whole(string key, int least) => Whole(key, Find(key, isRequired: true)!, least);

    /// <summary>Looks at a number that is not used.</summary>
    public void CheckWhole(string key, int least)
    {
        if (Find(key, isRequired: false) is { } value) Whole(key, value, least);
    }

    /// <summary>A number above 0.</summary>
    public double Positive(string key)
    {
        var value = Find(key, isRequired: true)!;
        return value.Style == ScalarStyle.Plain && double.TryParse(value.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number > 0 && double.IsFinite(number)
            ? number
            : throw Error(key, $"expected a number above 0, found '{value.Value}'");
    }

    /// <exception cref="InvalidDataException">A key was not asked for.</exception>
    public void RefuseUnknown()
    {
        foreach (var key in _entries.Keys.Where(key => !_asked.Contains(key)))
            throw Error(key, $"not a key of this task; known are {string.Join(", ", _asked)}");
    }

    /// <summary>The full path of a file or folder that must be there.</summary>
    public string Existing(string key, string value)
    {
        var full = Path.Combine(Folder, value);
        return Path.Exists(full) ? full : throw Error(key, $"'{full}' does not exist");
    }

    /// <summary>An error about a key.</summary>
    public InvalidDataException Error(string key, string problem) =>
        Fail(_entries.TryGetValue(key, out var entry) ? entry.Line : line, $"{key}: {problem}");

    /// <summary>An error about the task.</summary>
    public InvalidDataException Error(string problem) => Fail(line, problem);

    private InvalidDataException Fail(long at, string problem) => new($"{path}:{at}: {name}: {problem}.");

    private int Whole(string key, Scalar value, int least) =>
        value.Style == ScalarStyle.Plain && int.TryParse(value.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number >= least
            ? number
            : throw Error(key, $"expected a whole number of at least {least}, found '{value.Value}'");

    private string Text(string key, Scalar value) => value.Style != ScalarStyle.Plain || value.Value is not ("" or "~" or "null" or "true" or "false")
        ? value.Value
        : throw Error(key, $"expected a text, found {(value.Value.Length == 0 ? "nothing" : value.Value)}");

    private Scalar? Find(string key, bool isRequired)
    {
        _asked.Add(key);
        if (_entries.TryGetValue(key, out var entry))
            return entry.Values.Count == 1 ? entry.Values[0] : throw Error(key, $"expected one value, found a list of {entry.Values.Count}");
        return isRequired ? throw Error(key, $"the key is missing; there are {string.Join(", ", _entries.Keys)}") : null;
    }
}
