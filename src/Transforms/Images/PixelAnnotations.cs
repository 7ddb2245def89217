using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// What a column of pixel values tells about itself, so that a trainer behind it can make the picture of them again and change it: how levels
/// became values.
/// </summary>
internal static class PixelAnnotations
{
    private const string Means = nameof(Means);
    private const string Deviations = nameof(Deviations);

    private static readonly VectorDataViewType Type = new(NumberDataViewType.Single, PixelScale.Colours);

    /// <summary>The columns of a mapping that preprocesses; pictures that are changed by chance already tell nothing.</summary>
    public static SchemaDefinition Define<TValues>(PreprocessImageSettings settings)
    {
        var definition = SchemaDefinition.Create(typeof(TValues), SchemaDefinition.Direction.Write);
        if (settings.Augmentation != ImageAugmentation.None) return definition;
        var values = definition.Single();
        values.AddAnnotation(Means, new VBuffer<float>(PixelScale.Colours, settings.Means), Type);
        values.AddAnnotation(Deviations, new VBuffer<float>(PixelScale.Colours, settings.Deviations), Type);
        return definition;
    }

    /// <summary>What made a picture's pixels values; null where the column does not tell.</summary>
    public static PixelScale? Find(DataViewSchema.Column column) =>
        Read(column, Means) is { } means && Read(column, Deviations) is { } deviations ? new(means, deviations) : null;

    private static float[]? Read(DataViewSchema.Column column, string kind)
    {
        if (column.Annotations.Schema.GetColumnOrNull(kind) is not { } found || !found.Type.Equals(Type)) return null;
        VBuffer<float> values = default;
        column.Annotations.GetValue(kind, ref values);
        return [.. values.DenseValues()];
    }
}
