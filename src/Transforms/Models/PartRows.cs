using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// How a batch of questions becomes the rows the model runs (vilbert/task_utils.py, "process"): a question of several texts or images is
/// several rows, row = question × parts + part. For values of any type and number of axes.
/// </summary>
internal sealed class PartRows<T>(IImageEngine<T> engine)
    where T : class
{
    /// <summary>Values of every part, [B, parts, …]: [B × parts, …] (process "retrieval").</summary>
    public T Flat(T values) => engine.MergeAxes(values, 0);

    /// <summary>A value of the question, [B, …], for each of its parts: [B × parts, …] (process "expand": one image, several texts).</summary>
    public T Repeated(T values, int parts) => Beside([.. Enumerable.Repeat(values, parts)]);

    /// <summary>Regions of two images one after the other, [B, 2 × regions, …]: [2 B, regions, …] (process "nlvr").</summary>
    public T Halves(T values, int regions) => Flat(engine.SplitAxis(values, 1, regions));

    /// <summary>The inputs of a question with several texts, several images, or as many of both; or with a text or an image alone.</summary>
    /// <param name="texts">Texts of a question.</param>
    /// <param name="images">Images of a question.</param>
    /// <param name="value">The value of a column of the text or image with a number; texts (and images) may be of several lengths.</param>
    /// <param name="isTagged">Whether texts tell which objects their tokens are about.</param>
    /// <param name="limits">What the model takes.</param>
    public ModelInputs<T> Inputs(int texts, int images, Func<Column, int, T> value, ColumnLimits limits, bool isTagged = false)
    {
        var parts = Math.Max(texts, images);
        if (parts < 1 || (texts != images && Math.Min(texts, images) > 1) || (parts > 1 && Math.Min(texts, images) < 1))
            throw new ArgumentException($"{texts} texts and {images} images are not paired.", nameof(texts));
        return ModelInputs<T>.Of(Of, StandardColumns.ImageOf(limits)) with { RegionTags = isTagged ? Of(StandardColumns.RegionTags) : null };

        // Of what a row has none of nobody asks.
        T Of(Column column) => (StandardColumns.TaggedText.Columns.Contains(column) ? texts : images) switch
        {
            0 => null!,
            1 => parts == 1 ? value(column, 0) : Repeated(value(column, 0), parts),
            _ => Beside(Even(column, limits, [.. Enumerable.Range(0, parts).Select(part => value(column, part))])),
        };
    }

    private T Beside(T[] parts) => Flat(engine.Concat(1, [.. parts.Select(part => engine.Unsqueeze(part, 1))]));

    /// <summary>Fills values of parts up to the longest: a batch is padded already, a single row that ML.NET scores is not.</summary>
    private T[] Even(Column column, ColumnLimits limits, T[] parts)
    {
        if (column.HasOneItem) return parts;
        var longest = engine.Max(engine.Concat(0, [.. parts.Select(part => engine.Unsqueeze(engine.Length(part, 1), 0))]));
        T[] padding = [.. parts.Select(Padding)];
        return [.. parts.Select((part, i) => engine.Take(engine.Concat(1, [part, .. padding.Where((_, k) => k != i)]), 1, longest))];

        T Padding(T part)
        {
            var zeros = engine.Subtract(part, part);
            var padding = column switch
            {
                Column<float> floats => floats.Padding,
                Column<long> { PaddingOf: { } of } => of(limits),
                _ => 0,
            };
            return padding == 0 ? zeros : engine.Affine(zeros, 1, padding);
        }
    }
}
