using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// The mappings that check a row's input columns on their way to a graph, one a text or image, the same for all tasks. Under their names in
/// <see cref="Column.HelperPrefix"/> the columns have the types the graph asks for: a size that is unknown where the graph's is and known
/// where that is, whatever the user's columns have.
/// </summary>
internal static class InputStages
{
    /// <summary>Adds the stages from the user's columns to the graph's inputs.</summary>
    /// <returns>The names of the graph's inputs.</returns>
    public static string[] Add(StateChain chain, InputColumns inputs)
    {
        foreach (var group in inputs.Groups)
        {
            var helpers = group.Columns.Select(column => column.Column.HelperName).ToArray();
            chain.State(InputCheck.ToState(inputs.Component, group)).Copy(helpers, group.Columns.Select(column => column.Name));
            if (group.Kind == StandardColumns.Text)
                chain.Map<TextSource, TextValues>(TextCheckFactory.Map, TextCheckFactory.Contract);
            else if (group.Kind == StandardColumns.Image)
                chain.Map<ImageSource, ImageValues>(ImageCheckFactory.Map, ImageCheckFactory.Contract);
            else
                throw new NotSupportedException($"{inputs.Component}: there is no mapping for a {group.Kind.Item} group.");
            if (group.Count > 1) chain.Copy(GraphNames(group), helpers);
        }

        return [.. inputs.Groups.SelectMany(GraphNames)];
    }

    private static IEnumerable<string> GraphNames(InputGroup group) => group.Columns.Select(column => Column.HelperPrefix + column.GraphName);
}

/// <summary>The state of such a mapping, and its work on a row.</summary>
internal static class InputCheck
{
    private const string Kind = "InputCheck";
    private const int Version = 1;

    /// <summary>Writes the component's name, the user's column names and the limits.</summary>
    public static string ToState(string component, InputGroup group) => StateText.Write(
        Kind, Version, new Settings(component, [.. group.Columns.Select(column => column.Name)], group.Limits));

    /// <summary>What is made of a state once.</summary>
    public static StateCache<InputCheck<T>> Cache<T>(ColumnGroup<T> group)
        where T : unmanaged => new(state =>
        {
            var settings = StateText.Read<Settings>(state, Kind, Version);
            return new(settings.Component, (InputGroup<T>)group.Bind(settings.Names, settings.Limits));
        });

    private sealed record Settings(string Component, IReadOnlyList<string> Names, ColumnLimits Limits);
}

/// <summary>A group's check in a mapping.</summary>
internal sealed record InputCheck<T>(string Component, InputGroup<T> Group)
    where T : unmanaged
{
    /// <summary>Passes a row on, or throws.</summary>
    /// <exception cref="InvalidOperationException">The row is bad; the message names the column.</exception>
    public void Pass(IColumnValues<T> source, IColumnValues<T> destination)
    {
        var values = source.Values;
        if (Group.Find(values) is { } problem) throw new InvalidOperationException($"{Component}: {problem}");
        destination.Values = values;
    }
}

internal sealed class TextSource : TextValues
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }
}

/// <summary>Checks a text's columns; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class TextCheckFactory : CustomMappingFactory<TextSource, TextValues>
{
    public const string Contract = "MLNet.VisionLanguage.2.TextCheck";

    private static readonly StateCache<InputCheck<long>> Checks = InputCheck.Cache(StandardColumns.Text);

    public static void Map(TextSource source, TextValues destination) => Checks.Get(source.State).Pass(source, destination);

    public override Action<TextSource, TextValues> GetMapping() => Map;
}

internal sealed class ImageSource : ImageValues
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }
}

/// <summary>Checks an image's columns; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class ImageCheckFactory : CustomMappingFactory<ImageSource, ImageValues>
{
    public const string Contract = "MLNet.VisionLanguage.2.ImageCheck";

    private static readonly StateCache<InputCheck<float>> Checks = InputCheck.Cache(StandardColumns.Image);

    public static void Map(ImageSource source, ImageValues destination) => Checks.Get(source.State).Pass(source, destination);

    public override Action<ImageSource, ImageValues> GetMapping() => Map;
}
