using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage.Training;

/// <summary>Changes the images of batches by chance, as <see cref="TrainerOptions.Augmentation"/> asks for.</summary>
internal sealed class ChangedImages
{
    private readonly (int Column, PixelScale Scale)[] _images;
    private readonly int _side;

    private ChangedImages((int Column, PixelScale Scale)[] images, int side) => (_images, _side) = (images, side);

    /// <summary>What changes the images of a view's rows; null where they are to stay.</summary>
    /// <param name="options">The options.</param>
    /// <param name="inputs">The texts and images of a row.</param>
    /// <param name="schema">The view's columns.</param>
    /// <exception cref="ArgumentException">The model takes no image whole, or a column does not tell what made its values.</exception>
    public static ChangedImages? Of(TrainerOptions options, InputColumns inputs, DataViewSchema schema)
    {
        if (options.Augmentation == ImageAugmentation.None) return null;
        if (options.Model.ImageSide == 0)
        {
            throw new ArgumentException(
                $"Option {nameof(options.Augmentation)} is {options.Augmentation}, but {options.Model.Title} takes regions; only what takes the image "
                + "whole can see it changed.");
        }

        var images = inputs.Columns.Index().Where(column => ReferenceEquals(column.Item.Column, StandardColumns.PixelValues));
        return new([.. images.Select(column => (column.Index, Scale(schema[column.Item.Name])))], options.Model.ImageSide);

        PixelScale Scale(DataViewSchema.Column column) => PixelAnnotations.Find(column) ?? throw new ArgumentException(
            $"Option {nameof(options.Augmentation)} is {options.Augmentation}, but column '{column.Name}' does not tell how its values were made; "
            + "PreprocessImage's are expected, without an augmentation of its own.");
    }

    /// <summary>Changes all images of a row.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="row">The row's number in it.</param>
    /// <param name="seed">The draws of the batch.</param>
    /// <param name="place">What tells the row from others, wherever it is in the batch.</param>
    public void Change(ColumnBatch batch, int row, long seed, long place)
    {
        foreach (var (number, (column, scale)) in _images.Index())
        {
            var values = batch.Row<float>(column, row);
            using var picture = scale.ToPicture(values, _side, _side);
            using var changed = RandomAugmentation.Apply(picture, _side, seed, number, place);
            scale.ToValues(changed, values);
        }
    }
}
