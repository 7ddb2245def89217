namespace MLNet.VisionLanguage.Engine;

// Operations on boxes.
internal sealed partial class ShapeEngine : IRegionEngine<ShapeValue>
{
    public ShapeValue Exp(ShapeValue x) => x;

    public ShapeValue Log(ShapeValue x) => x;

    public ShapeValue Minimum(ShapeValue a, ShapeValue b) => Broadcast(a, b);

    public ShapeValue Maximum(ShapeValue a, ShapeValue b) => Broadcast(a, b);

    public ShapeValue MaxAlong(ShapeValue x, int axis) => Remove(x, axis);

    public ShapeValue ArgMax(ShapeValue x, int axis) => Remove(x, axis);

    public ShapeValue Largest(ShapeValue x, ShapeValue count) => new([null]);

    public ShapeValue Where(ShapeValue x) => new([null]);

    public ShapeValue GreatestAt(ShapeValue values, ShapeValue places, ShapeValue count) => new([null]);

    public ShapeValue Suppress(ShapeValue boxes, ShapeValue scores, double threshold, float least)
    {
        RegionChecks.Overlap(threshold);
        return new(null, 2);
    }

    public ShapeValue RoiPool(ShapeValue x, ShapeValue boxes, int size, float scale)
    {
        RegionChecks.Grid(nameof(RoiPool), size, scale);
        return new(boxes.Sizes[0], x.Sizes[1], size, size);
    }

    public ShapeValue RoiAlign(ShapeValue x, ShapeValue boxes, int size, float scale, int samples, bool aligned)
    {
        RegionChecks.Grid(nameof(RoiAlign), size, scale);
        WindowChecks.Positive(nameof(RoiAlign), nameof(samples), samples);
        return new(boxes.Sizes[0], x.Sizes[1], size, size);
    }
}
