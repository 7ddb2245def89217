using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// A component's state as the text that travels in a model file: <c>{"kind":"...","version":n, settings}</c> on the first line, and after
/// it what is not JSON, such as a vocabulary.
/// </summary>
internal static class StateText
{
    private const string KindName = "kind";
    private const string VersionName = "version";

    /// <summary>Writes settings.</summary>
    /// <param name="kind">What the settings are of.</param>
    /// <param name="version">Counted up whenever older programs must not read them any more.</param>
    /// <param name="settings">An object that JSON can hold.</param>
    /// <param name="rest">What follows the first line.</param>
    public static string Write(string kind, int version, object settings, string? rest = null)
    {
        var json = JsonSerializer.SerializeToNode(settings, settings.GetType())!.AsObject();
        json.Insert(0, KindName, kind);
        json.Insert(1, VersionName, version);
        return json.ToJsonString() + (rest is null ? "" : "\n" + rest);
    }

    /// <summary>What the state is of.</summary>
    /// <exception cref="InvalidDataException">The text is no state.</exception>
    public static string KindOf(string state) => (string)Parse(Head(state, out _))[KindName]!;

    /// <summary>Reads settings.</summary>
    /// <param name="state">The text.</param>
    /// <param name="kind">What the settings must be of.</param>
    /// <param name="version">The newest version known.</param>
    /// <param name="rest">What follows the first line.</param>
    /// <exception cref="InvalidDataException">The text is no state, one of another kind or of a newer version.</exception>
    public static T Read<T>(string state, string kind, int version, out string rest)
        where T : class
    {
        var json = Parse(Head(state, out rest));
        if ((string)json[KindName]! != kind)
            throw new InvalidDataException($"The model's state is of kind '{json[KindName]}'; '{kind}' is expected.");
        if ((int)json[VersionName]! is var found && (found < 1 || found > version))
        {
            throw new InvalidDataException(
                $"The model's part of kind '{kind}' has version {found}; this version of MLNet.VisionLanguage knows it up to version {version}. "
                + "Load it with a newer one.");
        }

        try
        {
            return json.Deserialize<T>() ?? throw new JsonException("it holds no settings.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException)
        {
            throw Damaged(kind, e);
        }
    }

    /// <inheritdoc cref="Read{T}(string, string, int, out string)"/>
    public static T Read<T>(string state, string kind, int version)
        where T : class => Read<T>(state, kind, version, out _);

    /// <summary>What to throw when settings that could be read make no sense.</summary>
    public static InvalidDataException Damaged(string kind, Exception reason) =>
        new($"The model's {kind} state is damaged: {reason.Message}", reason);

    private static string Head(string state, out string rest)
    {
        var end = state.IndexOf('\n', StringComparison.Ordinal);
        rest = end < 0 ? "" : state[(end + 1)..];
        return end < 0 ? state : state[..end];
    }

    private static JsonObject Parse(string line)
    {
        try
        {
            if (JsonNode.Parse(line) is JsonObject json && json[KindName] is JsonValue kind && kind.TryGetValue<string>(out _)
                && json[VersionName] is JsonValue version && version.TryGetValue<int>(out _))
            {
                return json;
            }
        }
        catch (JsonException e)
        {
            throw Damaged("component", e);
        }

        throw new InvalidDataException("The model's component state is damaged: it has no kind and version.");
    }
}
