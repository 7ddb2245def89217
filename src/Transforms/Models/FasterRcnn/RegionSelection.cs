using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>Which of a detector's proposals become regions, in the published ways. Nothing here has a gradient.</summary>
internal static class RegionSelection
{
    /// <summary>
    /// The best boxes that do not overlap, whatever they are of (modeling_frcnn.py, ROIOutputs): the first of the overlaps that leaves enough.
    /// Where none does, what the last leaves: the reference repeats the image before it there.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[proposals, 4].</param>
    /// <param name="scores">[proposals].</param>
    /// <param name="overlaps">The overlaps to try, in order.</param>
    /// <param name="least">Enough.</param>
    /// <param name="most">How many are taken.</param>
    /// <returns>Their places, the best first.</returns>
    public static T Best<T>(IRegionEngine<T> engine, T boxes, T scores, IReadOnlyList<double> overlaps, int least, int most)
        where T : class => FirstOfLength(
            engine, [.. overlaps.Select(overlap => engine.Slice(Boxes.Keep(engine, boxes, scores, overlap), 0, 0, most))], least);

    /// <summary>
    /// The best boxes that do not overlap with others of their class (detectron2's fast_rcnn_inference in py-bottom-up-attention's demo): a
    /// proposal may be several regions, one of each class.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[proposals, classes, 4].</param>
    /// <param name="probabilities">[proposals, classes].</param>
    /// <param name="threshold">What is not above is none.</param>
    /// <param name="overlaps">The overlaps to try, in order, until so many are left.</param>
    /// <param name="most">How many are taken.</param>
    /// <returns>Places among all classes of all proposals, proposal after proposal; the best first.</returns>
    public static T BestOfClasses<T>(
        IRegionEngine<T> engine, T boxes, T probabilities, float threshold, IReadOnlyList<double> overlaps, int most)
        where T : class
    {
        var all = engine.Reshape(probabilities, -1);
        var likely = engine.Where(engine.Above(all, threshold));
        var scores = engine.Gather(all, likely);
        var classes = engine.Length(probabilities, 1);
        var groups = engine.Subtract(likely, engine.Multiply(engine.Divide(likely, classes), classes));
        var apart = Boxes.Apart(engine, engine.Gather(engine.Reshape(boxes, -1, 4), likely), groups);
        return engine.Gather(likely, Best(engine, apart, scores, overlaps, most, most));
    }

    /// <summary>
    /// How sure the best class is of each proposal that is the best of it round about (bottom-up attention's tools/demo.py): the largest
    /// probability of the classes in which the proposal is not suppressed; 0 for none.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[proposals, 4]: the proposals themselves, in pixels of the raw image.</param>
    /// <param name="probabilities">[proposals, classes], without the background.</param>
    /// <param name="overlap">What boxes of a class may overlap, when a box's far sides count as pixels of it.</param>
    /// <param name="threshold">What is not above counts as 0.</param>
    public static T Confidence<T>(IRegionEngine<T> engine, T boxes, T probabilities, double overlap, float threshold = 0)
        where T : class
    {
        var byClass = engine.Transpose(probabilities, 1, 0);
        var kept = engine.Suppress(engine.Add(boxes, engine.Constant([0f, 0, 1, 1], 4)), byClass, overlap);
        T proposals = engine.Length(probabilities, 0), places = Column(1);
        var scores = engine.Gather(engine.Reshape(byClass, -1), engine.Add(engine.Multiply(Column(0), proposals), places));
        return engine.GreatestAt(engine.Multiply(scores, engine.Above(scores, threshold)), places, proposals);

        T Column(int index) => engine.Squeeze(engine.Slice(kept, 1, index, index + 1), 1);
    }

    /// <summary>
    /// All proposals with enough confidence, in their order; or, where these are too few or too many, the allowed number that has most, the
    /// best first.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="confidence">[proposals].</param>
    /// <param name="threshold">Enough.</param>
    /// <param name="least">The fewest regions, if there are so many proposals.</param>
    /// <param name="most">The most regions.</param>
    public static T Confident<T>(IRegionEngine<T> engine, T confidence, float threshold, int least, int most)
        where T : class
    {
        T all = engine.Length(confidence, 0), best = engine.Largest(confidence, all);
        var enough = engine.Where(engine.Affine(engine.Less(confidence, engine.Constant([threshold], 1)), -1, 1));
        var found = engine.Length(enough, 0);
        var count = engine.Minimum(engine.Maximum(found, Number(engine, least)), engine.Minimum(all, Number(engine, most)));
        var isAllowed = engine.ToInt64(engine.Equal(found, count));
        return Part(engine, engine.Concat(0, best, enough), engine.Multiply(isAllowed, all), count);
    }

    /// <summary>The first of a list whose scores are high enough.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="list">The list, the best first.</param>
    /// <param name="scores">The scores of its entries.</param>
    /// <param name="threshold">High enough.</param>
    /// <param name="least">So many are taken whatever their scores, if there are so many.</param>
    public static T Sure<T>(IRegionEngine<T> engine, T list, T scores, float threshold, int least)
        where T : class
    {
        var enough = engine.Length(engine.Where(engine.Affine(engine.Less(scores, engine.Constant([threshold], 1)), -1, 1)), 0);
        var count = engine.Minimum(engine.Maximum(enough, Number(engine, least)), engine.Length(list, 0));
        return Part(engine, list, Number(engine, 0), count);
    }

    /// <summary>The first list that is long enough, or the last.</summary>
    private static T FirstOfLength<T>(IRegionEngine<T> engine, IReadOnlyList<T> lists, int least)
        where T : class
    {
        var counts = lists.Select(list => engine.Length(list, 0)).ToList();
        List<T> starts = [Number(engine, 0)];
        foreach (var count in counts.SkipLast(1)) starts.Add(engine.Add(starts[^1], count));
        T start = starts[^1], length = counts[^1];
        for (var i = lists.Count - 2; i >= 0; i--)
        {
            var isShort = engine.ToInt64(engine.Less(counts[i], Number(engine, least)));
            start = Choose(isShort, start, starts[i]);
            length = Choose(isShort, length, counts[i]);
        }

        return Part(engine, engine.Concat(0, [.. lists]), start, length);

        T Choose(T condition, T yes, T no) => engine.Add(no, engine.Multiply(condition, engine.Subtract(yes, no)));
    }

    private static T Part<T>(IRegionEngine<T> engine, T list, T start, T count)
        where T : class => engine.Gather(list, engine.Add(engine.Range(count), start));

    private static T Number<T>(IRegionEngine<T> engine, long value)
        where T : class => engine.Constant(new[] { value });
}
