using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>What a saved model reads; the schema in its file.</summary>
internal static class InputSchema
{
    private static readonly DataViewType Many = new VectorDataViewType(NumberDataViewType.Single);
    private static readonly DataViewType Tags = new VectorDataViewType(NumberDataViewType.Int64);

    /// <summary>Of a model that looks at pictures itself.</summary>
    public static DataViewSchema OfImages(RowSources sources) =>
        Create(
        [
            .. sources.Images.Select(image => (image.PathColumn, (DataViewType)TextDataViewType.Instance)),
            .. sources.Images.Where(image => image.BoxesColumn is not null).Select(image => (image.BoxesColumn!, Many)),
            .. Texts(sources),
        ]);

    /// <summary>Of a model that is given regions: N×D features, N×4 pixels, width and height.</summary>
    public static DataViewSchema OfRegions(RowSources sources)
    {
        DataViewType two = new VectorDataViewType(NumberDataViewType.Single, 2);
        return Create(
        [
            .. Texts(sources),
            .. sources.Images.SelectMany(image => new[]
            {
                ("RegionFeatures" + image.Ending, Many), ("RegionBoxes" + image.Ending, Many), ("ImageSize" + image.Ending, two),
            }),
        ]);
    }

    private static IEnumerable<(string, DataViewType)> Texts(RowSources sources) => sources.Texts.SelectMany(text => new (string? Name, DataViewType Type)[]
    {
        (text.Column, TextDataViewType.Instance), (text.PairColumn, TextDataViewType.Instance), (text.TagsColumn, Tags), (text.PairTagsColumn, Tags),
    }).Where(column => column.Name is not null).DistinctBy(column => column.Name, StringComparer.Ordinal).Select(column => (column.Name!, column.Type));

    private static DataViewSchema Create(IEnumerable<(string Name, DataViewType Type)> columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var (name, type) in columns) builder.AddColumn(name, type);
        return builder.ToSchema();
    }
}
