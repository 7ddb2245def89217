using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>What a saved model reads; the schema in its file.</summary>
internal static class InputSchema
{
    private static readonly DataViewType Many = new VectorDataViewType(NumberDataViewType.Single);

    /// <summary>Of a model that looks at pictures itself.</summary>
    public static DataViewSchema OfImages(ToolTask task) =>
        Create(
        [
            .. task.Images.Select(image => (image.PathColumn, (DataViewType)TextDataViewType.Instance)),
            .. task.Images.Where(image => image.BoxesColumn is not null).Select(image => (image.BoxesColumn!, Many)),
            .. Texts(task),
        ]);

    /// <summary>Of a model that is given regions: N×D features, N×4 pixels, width and height.</summary>
    public static DataViewSchema OfRegions(ToolTask task)
    {
        DataViewType two = new VectorDataViewType(NumberDataViewType.Single, 2);
        return Create(
        [
            .. Texts(task),
            .. task.Images.SelectMany(image => new[]
            {
                ("RegionFeatures" + image.Ending, Many), ("RegionBoxes" + image.Ending, Many), ("ImageSize" + image.Ending, two),
            }),
        ]);
    }

    private static IEnumerable<(string, DataViewType)> Texts(ToolTask task) =>
        task.Texts.SelectMany(text => new[] { text.Column, text.PairColumn }).OfType<string>().Distinct(StringComparer.Ordinal)
            .Select(column => (column, (DataViewType)TextDataViewType.Instance));

    private static DataViewSchema Create(IEnumerable<(string Name, DataViewType Type)> columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var (name, type) in columns) builder.AddColumn(name, type);
        return builder.ToSchema();
    }
}
