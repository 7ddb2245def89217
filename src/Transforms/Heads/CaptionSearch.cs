using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Heads;

/// <summary>
/// Beam search as part of a graph, so that whoever runs the graph gets captions: each step is written out, a longest caption has so many.
/// Mean log-probabilities decide, over the words that a beam has.
/// </summary>
/// <param name="Beams">How many beginnings of a caption are kept; 1 takes the likeliest word each time.</param>
/// <param name="Steps">The longest caption, in tokens.</param>
/// <param name="Begin">The token before a caption.</param>
/// <param name="End">The token behind it.</param>
/// <param name="Padding">The token that fills captions up; it ends one too.</param>
/// <param name="Mask">The token that is never written; null for none.</param>
internal sealed record CaptionSearch(int Beams, int Steps, int Begin, int End, int Padding, int? Mask)
{
    private const float Never = -10000, Epsilon = 1e-9f;

    /// <summary>
    /// Whether beams are ranked as the reference ranks them: when a beam takes another's place, the number of words stays that of the place;
    /// and beams go on changing places until all beams of all images of the batch have ended. Captions then depend on what else is in the batch.
    /// </summary>
    public bool RanksAsReference { get; init; }

    /// <summary>The captions' tokens, Int64 [images, steps], padded, without begin and end, and each one's mean log-probability, [images].</summary>
    /// <param name="graph">The graph under construction.</param>
    /// <param name="vocabulary">How many tokens there are.</param>
    /// <param name="steps">Computes the words.</param>
    public (GraphValue Tokens, GraphValue Scores) Run(GraphBuilder graph, int vocabulary, CaptionSteps<GraphValue> steps)
    {
        var rows = graph.Size(steps.Image[0], 0);
        var state = new State(
            Words: graph.Fill(graph.Concat(0, rows, Whole(1)), Begin), Beams: 1, Sums: Zeros(1), Lengths: Zeros(1), Ended: Zeros(1), Memory: []);
        GraphValue? written = null;
        var image = steps.Image;
        for (var place = 0; place < Steps; place++)
        {
            if (place == 1) image = OfEachBeam(image);
            var (logits, memory) = steps.Next(state.Words, place, state.Memory, image);
            (state, var source) = Choose(state, logits, memory, isFirst: place == 0);
            written = written is null ? state.Words : graph.Concat(1, graph.Gather(written, source), state.Words);
        }

        var best = graph.Select(graph.Reshape(written!, -1, Beams, Steps), 1, 0);
        var isWord = graph.Not(graph.Cast(Either(best, Begin, End), OnnxType.Bool));
        var means = state.Sums / (state.Lengths + Epsilon);
        return (graph.Where(isWord, best, Whole(Padding)), graph.Select(means, 1, 0));

        (State State, GraphValue Source) Choose(State before, GraphValue logits, IReadOnlyList<GraphValue> memory, bool isFirst)
        {
            if (Mask is { } mask)
            {
                float[] kept = [.. Enumerable.Range(0, vocabulary).Select(word => word == mask ? 0f : 1)];
                logits = (logits * graph.Constant(kept, vocabulary)) + graph.Constant([.. kept.Select(one => one == 0 ? Never : 0)], vocabulary);
            }

            var next = graph.Reshape(graph.LogSoftmax(logits), -1, before.Beams, vocabulary);
            var goesOn = 1 - before.Ended;
            if (!isFirst) next = next * graph.Unsqueeze(goesOn, 2);
            var lengths = before.Lengths + goesOn;
            var totals = graph.Unsqueeze(before.Sums, 2) + next;
            var ranks = totals / graph.Unsqueeze(lengths + Epsilon, 2);
            var (_, places) = graph.TopK(graph.Reshape(ranks, -1, (long)before.Beams * vocabulary), Whole(Beams));
            var source = places / Whole(vocabulary);
            var words = places - (source * Whole(vocabulary));
            var sums = graph.GatherElements(graph.Reshape(totals, -1, (long)before.Beams * vocabulary), places, 1);
            var hadEnded = graph.GatherElements(before.Ended, source, 1);
            words = graph.Where(hadEnded > 0.5f, Whole(Padding), words);
            var lengthsNow = isFirst || !RanksAsReference ? graph.GatherElements(lengths, source, 1) : lengths;
            if (RanksAsReference && !isFirst)
            {
                // When all have ended nothing changes any more.
                var areDone = graph.ReduceMin(graph.Reshape(before.Ended, -1), 0, keepDimension: false) > 0.5f;
                source = graph.Where(areDone, graph.Range(Scalar(Beams)), source);
                words = graph.Where(areDone, Whole(Padding), words);
                sums = graph.Where(areDone, before.Sums, sums);
                hadEnded = graph.Where(areDone, before.Ended, hadEnded);
            }

            var ended = graph.Max(hadEnded, Either(words, End, Padding));
            var first = graph.Unsqueeze(graph.Range(graph.Squeeze(rows, 0)) * Scalar(before.Beams), 1);
            var flat = graph.Reshape(first + source, -1);
            return (
                new(graph.Reshape(words, -1, 1), Beams, sums, lengthsNow, ended, [.. memory.Select(value => graph.Gather(value, flat))]), flat);
        }

        IReadOnlyList<GraphValue> OfEachBeam(IReadOnlyList<GraphValue> values)
        {
            var own = graph.Range(graph.Squeeze(rows, 0) * Scalar(Beams)) / Whole(Beams);
            return [.. values.Select(value => graph.Gather(value, own))];
        }

        GraphValue Whole(long value) => graph.Constant(values: [value]);

        GraphValue Scalar(long value) => graph.Constant(value);

        GraphValue Zeros(int beams) => graph.Fill(graph.Concat(0, rows, Whole(beams)), 0f);

        GraphValue Either(GraphValue words, long one, long other) =>
            graph.Max(graph.Cast(graph.Equal(words, Whole(one)), OnnxType.Float), graph.Cast(graph.Equal(words, Whole(other)), OnnxType.Float));
    }

    /// <param name="Words">The words written last, Int64 [rows, 1].</param>
    /// <param name="Beams">Rows of an image.</param>
    /// <param name="Sums">Log-probabilities of the captions so far, [images, beams].</param>
    /// <param name="Lengths">Their words.</param>
    /// <param name="Ended">1 for those that have ended.</param>
    /// <param name="Memory">What the steps remember of each row.</param>
    private sealed record State(
        GraphValue Words, int Beams, GraphValue Sums, GraphValue Lengths, GraphValue Ended, IReadOnlyList<GraphValue> Memory);
}
