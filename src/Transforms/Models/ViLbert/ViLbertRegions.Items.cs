using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Models;

// How the reference's data sets put the regions of several images, or of two detectors, into one row.
internal sealed partial record ViLbertRegions<T>
{
    /// <summary>Exactly so many regions: the rest is cut off, or padding added.</summary>
    public ViLbertRegions<T> Fit(IEngine<T> engine, int count) => Map(field =>
    {
        var padding = engine.Affine(engine.Slice(field, 1, 0, 1), 0);
        return engine.Slice(engine.Concat(1, [field, .. Enumerable.Repeat(padding, count)]), 1, 0, count);
    });

    /// <summary>The regions of another image after these, as NLVR2's reader has them (datasets/nlvr2_dataset.py).</summary>
    public ViLbertRegions<T> Append(IEngine<T> engine, ViLbertRegions<T> other) => Zip(other, (a, b) => engine.Concat(1, a, b));

    /// <summary>
    /// Regions that people marked in the same image, without its whole-image region, after the detected ones
    /// (datasets/refer_expression_dataset.py, vcr_dataset.py): where all are too many, detected ones go.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="marked">The marked regions, with a whole-image region in front.</param>
    /// <param name="most">The most regions together.</param>
    public ViLbertRegions<T> WithMarked(IEngine<T> engine, ViLbertRegions<T> marked, int most)
    {
        var added = marked.Map(field => engine.Slice(field, 1, 1, most));
        var room = engine.ToInt64(engine.Affine(engine.ToFloat(engine.Length(added.Mask, 1)), -1, most));
        return Map(field => engine.Take(field, 1, room)).Append(engine, added);
    }

    /// <summary>
    /// The whole image's feature is that of these and of others together, each weighted by its number of regions, itself included
    /// (datasets/vcr_dataset.py).
    /// </summary>
    public ViLbertRegions<T> WithGlobalOf(IEngine<T> engine, ViLbertRegions<T> own, ViLbertRegions<T> marked)
    {
        Value<T> n = Count(own), m = Count(marked);
        return WithGlobal(engine, (First(own) * n + First(marked) * m) / (n + m));

        Value<T> Count(ViLbertRegions<T> regions) => engine.Of(engine.Unsqueeze(engine.Sum(regions.Mask, 1, keepAxis: true), 2));

        Value<T> First(ViLbertRegions<T> regions) => engine.Of(engine.Slice(regions.Features, 1, 0, 1));
    }

    /// <summary>
    /// The whole image's feature is the sum of the others' over a number of its own (datasets/concept_cap_dataset.py, masked regions).
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="divisor">[B, 1, 1].</param>
    public ViLbertRegions<T> WithGlobalSum(IEngine<T> engine, T divisor) =>
        WithGlobal(engine, engine.Divide(engine.Sum(engine.Slice(Features, 1, 1, null), 1, keepAxis: true), divisor));

    /// <summary>
    /// These regions, written into the place of as many others of which what is longer stays, masked out
    /// (datasets/retreival_dataset.py, the wrong image of a caption).
    /// </summary>
    public ViLbertRegions<T> Over(IEngine<T> engine, ViLbertRegions<T> under)
    {
        var rest = 1 - engine.Of(engine.Unsqueeze(Mask, 2));
        T Left(T above, T below) => engine.Of(above) + (engine.Of(below) * rest);
        return new(
            Left(Features, under.Features), Left(Locations, under.Locations), Left(PixelLocations, under.PixelLocations), Mask);
    }

    private ViLbertRegions<T> WithGlobal(IEngine<T> engine, T feature) =>
        this with { Features = engine.Concat(1, feature, engine.Slice(Features, 1, 1, null)) };

    private ViLbertRegions<T> Map(Func<T, T> change) => new(change(Features), change(Locations), change(PixelLocations), change(Mask));

    private ViLbertRegions<T> Zip(ViLbertRegions<T> other, Func<T, T, T> join) => new(
        join(Features, other.Features), join(Locations, other.Locations), join(PixelLocations, other.PixelLocations),
        join(Mask, other.Mask));
}
