using System.Globalization;
using MLNet.VisionLanguage.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MLNet.VisionLanguage.Tool.Experiments;

/// <summary>A mapping of a YAML file whose keys are asked for by their types; what is never asked for is unknown.</summary>
internal sealed class YamlSection
{
    private readonly string _path;
    private readonly string _name;
    private readonly YamlMappingNode _node;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private YamlSection(string path, string name, YamlMappingNode node) => (_path, _name, _node) = (path, name, node);

    /// <summary>The keys in their order.</summary>
    public IEnumerable<string> Keys => _node.Children.Keys.Select(key => key is YamlScalarNode { Value: { } text } ? text : throw Fail(key, "a key is a word"));

    /// <summary>The folder that the file's paths start from.</summary>
    public string Folder => Path.GetDirectoryName(Path.GetFullPath(_path))!;

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no YAML mapping; the message has file and line.</exception>
    public static YamlSection Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"The file '{path}' does not exist.", path);
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(TextFile.ReadAllText(path)));
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"{path}:{e.Start.Line}: {e.Message.TrimEnd('.')}.", e);
        }

        return stream.Documents is [{ RootNode: YamlMappingNode root }]
            ? new(path, "", root)
            : throw new InvalidDataException($"{path}:1: one mapping of keys to values is expected.");
    }

    public YamlSection? Section(string key) => Find(key) switch
    {
        null => null,
        YamlMappingNode node => new(_path, Named(key), node),
        var other => throw Fail(other, $"{Named(key)}: keys and values are expected"),
    };

    public string? Text(string key) => Find(key) is { } node ? Scalar(key, node).Value : null;

    public IReadOnlyList<string> Texts(string key) => [.. Items(key).Select(item => item.Value!)];

    public double? Number(string key) => Find(key) is not { } node ? null
        : Value(Scalar(key, node)) switch
        {
            int whole => whole,
            double number => number,
            _ => throw Fail(node, $"{Named(key)}: a number is expected, found '{node}'"),
        };

    public int? Whole(string key) => Find(key) is not { } node ? null
        : Value(Scalar(key, node)) is int whole ? whole : throw Fail(node, $"{Named(key)}: a whole number is expected, found '{node}'");

    public bool? Truth(string key) => Find(key) is not { } node ? null
        : Value(Scalar(key, node)) is bool truth ? truth : throw Fail(node, $"{Named(key)}: true or false is expected, found '{node}'");

    /// <summary>Texts, numbers and truths: a list or a single one.</summary>
    public IReadOnlyList<object> Values(string key) => [.. Items(key).Select(Value)];

    /// <summary>Whether a key holds keys and values itself.</summary>
    public bool IsSection(string key) => Find(key) is YamlMappingNode;

    /// <summary>The full path of a file or folder that must be there.</summary>
    public string? ExistingPath(string key) => Text(key) is { } path ? Existing(key, path) : null;

    public string Existing(string key, string path)
    {
        var full = Path.Combine(Folder, path);
        return Path.Exists(full) ? full : throw Error(key, $"'{full}' does not exist");
    }

    /// <exception cref="InvalidDataException">A key was not asked for.</exception>
    public void RefuseUnknown()
    {
        foreach (var key in Keys.Where(key => !_asked.Contains(key)))
            throw Error(key, $"not a key that is known here; known are {string.Join(", ", _asked)}");
    }

    /// <summary>An error about a key, or about the section when the key is not there.</summary>
    public InvalidDataException Error(string key, string problem) => Fail(Find(key) ?? _node, $"{Named(key)}: {problem}");

    private IEnumerable<YamlScalarNode> Items(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => list.Children.Select(item => Scalar(key, item)),
        var node => [Scalar(key, node)],
    };

    private YamlNode? Find(string key)
    {
        _asked.Add(key);
        return _node.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;
    }

    private YamlScalarNode Scalar(string key, YamlNode node) =>
        node is YamlScalarNode { Value.Length: > 0 } scalar ? scalar : throw Fail(node, $"{Named(key)}: a value is expected");

    /// <summary>A value as it is written: quoted ones are texts.</summary>
    private static object Value(YamlScalarNode node)
    {
        var text = node.Value!;
        if (node.Style != ScalarStyle.Plain) return text;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) return number;
        return text switch { "true" => true, "false" => false, _ => text };
    }

    private string Named(string key) => _name.Length > 0 ? $"{_name}.{key}" : key;

    private InvalidDataException Fail(YamlNode node, string problem) => new($"{_path}:{node.Start.Line}: {problem}.");
}
