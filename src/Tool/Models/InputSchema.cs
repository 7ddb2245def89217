using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>What a saved model reads; the schema in its file.</summary>
internal static class InputSchema
{
    /// <summary>The image file of a row.</summary>
    public const string ImagePath = nameof(VqaExample.ImagePath);

    /// <summary>The image of a row as files of region features name it.</summary>
    public const string ImageId = nameof(VqaExample.ImageId);

    /// <summary>Of a model that looks at pictures itself.</summary>
    public static DataViewSchema OfImages(string textColumn) =>
        Create((ImagePath, TextDataViewType.Instance), (textColumn, TextDataViewType.Instance));

    /// <summary>Of a model that is given regions: N×D features, N×4 pixels, width and height.</summary>
    public static DataViewSchema OfRegions(string textColumn)
    {
        var many = new VectorDataViewType(NumberDataViewType.Single);
        return Create(
            (textColumn, TextDataViewType.Instance), ("RegionFeatures", many), ("RegionBoxes", many),
            ("ImageSize", new VectorDataViewType(NumberDataViewType.Single, 2)));
    }

    private static DataViewSchema Create(params (string Name, DataViewType Type)[] columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var (name, type) in columns) builder.AddColumn(name, type);
        return builder.ToSchema();
    }
}
