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
            chain.State(InputCheckSettings.ToState(inputs.Component, group)).Copy(helpers, group.Columns.Select(column => column.Name));
            if (group.Kind == StandardColumns.Text)
                chain.Map<TextSource, TextValues>(new TextCheckFactory().Map, TextCheckFactory.Contract);
            else if (group.Kind == StandardColumns.TaggedText)
                chain.Map<TaggedTextSource, TaggedTextValues>(new TaggedTextCheckFactory().Map, TaggedTextCheckFactory.Contract);
            else if (group.Kind == StandardColumns.Image)
                chain.Map<ImageSource, ImageValues>(new ImageCheckFactory().Map, ImageCheckFactory.Contract);
            else if (group.Kind == StandardColumns.Picture)
                chain.Map<PictureSource, PictureValues>(new PictureCheckFactory().Map, PictureCheckFactory.Contract);
            else if (group.Kind == StandardColumns.BoxedPicture)
                chain.Map<BoxedPictureSource, BoxedPictureValues>(new BoxedPictureCheckFactory().Map, BoxedPictureCheckFactory.Contract);
            else
                throw new NotSupportedException($"{inputs.Component}: there is no mapping for a {group.Kind.Item} group.");
            if (group.Count > 1) chain.Copy(GraphNames(group), helpers);
        }

        return [.. inputs.Groups.SelectMany(GraphNames)];
    }

    private static IEnumerable<string> GraphNames(InputGroup group) =>
        group.Columns.Select(column => Column.HelperPrefix + column.GraphName);
}

/// <summary>The state of such a mapping: the component's name, the user's column names and the limits.</summary>
internal sealed record InputCheckSettings(string Component, IReadOnlyList<string> Names, ColumnLimits Limits)
{
    private const string Kind = "InputCheck";
    private const int Version = 1;

    public static string ToState(string component, InputGroup group) => StateText.Write(
        Kind, Version, new InputCheckSettings(component, [.. group.Columns.Select(column => column.Name)], group.Limits));

    public static InputCheckSettings FromState(string state) => StateText.Read<InputCheckSettings>(state, Kind, Version);
}

/// <summary>Checks a group's columns; ML.NET finds it by its contract when it loads a model.</summary>
internal abstract class InputCheckFactory<T, TSource, TValues>(ColumnGroup<T> group) : CustomMappingFactory<TSource, TValues>
    where T : unmanaged
    where TSource : class, TValues, IStateful, new()
    where TValues : class, IColumnValues<T>, new()
{
    private readonly StateCache<Check> _checks = new(state =>
    {
        var settings = InputCheckSettings.FromState(state);
        return new(settings.Component, (InputGroup<T>)group.Bind(settings.Names, settings.Limits));
    });

    /// <summary>Passes a row on, or throws.</summary>
    /// <exception cref="InvalidOperationException">The row is bad; the message names the column.</exception>
    public void Map(TSource source, TValues destination)
    {
        var (component, bound) = _checks.Get(source.State);
        var values = source.Values;
        if (bound.Find(values) is { } problem) throw new InvalidOperationException($"{component}: {problem}");
        destination.Values = bound.Fit(values);
    }

    public sealed override Action<TSource, TValues> GetMapping() => Map;

    private sealed record Check(string Component, InputGroup<T> Group);
}

/// <summary>A mapping's source that gets the state.</summary>
internal interface IStateful
{
    ReadOnlyMemory<char> State { get; }
}

internal sealed class TextSource : TextValues, IStateful
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }
}

internal sealed class TaggedTextSource : TaggedTextValues, IStateful
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }
}

internal sealed class ImageSource : ImageValues, IStateful
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }
}

internal sealed class PictureSource : PictureValues, IStateful
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }
}

internal sealed class BoxedPictureSource : BoxedPictureValues, IStateful
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }
}

[CustomMappingFactoryAttribute(Contract)]
internal sealed class TextCheckFactory() : InputCheckFactory<long, TextSource, TextValues>(StandardColumns.Text)
{
    public const string Contract = "MLNet.VisionLanguage.2.TextCheck";
}

[CustomMappingFactoryAttribute(Contract)]
internal sealed class TaggedTextCheckFactory() : InputCheckFactory<long, TaggedTextSource, TaggedTextValues>(StandardColumns.TaggedText)
{
    public const string Contract = "MLNet.VisionLanguage.2.TaggedTextCheck";
}

[CustomMappingFactoryAttribute(Contract)]
internal sealed class ImageCheckFactory() : InputCheckFactory<float, ImageSource, ImageValues>(StandardColumns.Image)
{
    public const string Contract = "MLNet.VisionLanguage.2.ImageCheck";
}

[CustomMappingFactoryAttribute(Contract)]
internal sealed class PictureCheckFactory() : InputCheckFactory<float, PictureSource, PictureValues>(StandardColumns.Picture)
{
    public const string Contract = "MLNet.VisionLanguage.2.PictureCheck";
}

[CustomMappingFactoryAttribute(Contract)]
internal sealed class BoxedPictureCheckFactory()
    : InputCheckFactory<float, BoxedPictureSource, BoxedPictureValues>(StandardColumns.BoxedPicture)
{
    public const string Contract = "MLNet.VisionLanguage.2.BoxedPictureCheck";
}
