using System.Security.Cryptography;
using System.Text.Json;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// What tells one training run from another: the options that JSON keeps, the task's own, digests of data and initial weights. Names of
/// columns are left out, since the data's digest sees their values. A checkpoint of a run that differs must not be resumed.
/// </summary>
internal static class RunIdentity
{
    /// <summary>The values by name, each as JSON.</summary>
    /// <param name="options">The trainer's options.</param>
    /// <param name="values">What else identifies the run.</param>
    public static SortedDictionary<string, string> Of(LearningOptions options, params IEnumerable<(string Name, object? Value)> values)
    {
        var identity = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in JsonSerializer.SerializeToElement(options, options.GetType()).EnumerateObject())
            if (!option.Name.EndsWith("ColumnName", StringComparison.Ordinal)) identity[option.Name] = option.Value.GetRawText();
        foreach (var (name, value) in values) identity[name] = JsonSerializer.Serialize(value);
        return identity;
    }

    /// <summary>The content of a file of weights as a short text.</summary>
    public static string? DigestOf(string? path)
    {
        if (path is null) return null;
        using var stream = File.OpenRead(ModelFolder.WeightsOf(path));
        return Convert.ToHexString(SHA256.HashData(stream));
    }

    /// <summary>Tells in what two runs differ, for a message; null when they are the same.</summary>
    public static string? Difference(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now)
    {
        var names = before.Keys.Union(now.Keys).Where(name => Value(before, name) != Value(now, name)).Order(StringComparer.Ordinal).ToList();
        return names.Count == 0
            ? null
            : string.Join(", ", names.Select(name => $"{name} ({Short(Value(before, name))} there, {Short(Value(now, name))} here)"));
    }

    private static string Value(IReadOnlyDictionary<string, string> values, string name) => values.GetValueOrDefault(name, "nothing");

    private static string Short(string value) => value.Length <= 40 ? value : value[..37] + "...";
}
