using MLNet.VisionLanguage.Objectives;

namespace MLNet.VisionLanguage.Data;

/// <summary>The chances of masking, in the order they are taken.</summary>
internal interface IMaskingDraws
{
    /// <summary>A number from 0 up to 1.</summary>
    double Uniform();

    /// <summary>Any word of the vocabulary.</summary>
    int Word();
}

/// <summary>A batch's own chances.</summary>
internal sealed class MaskingDraws(Random random, int vocabulary) : IMaskingDraws
{
    public double Uniform() => random.NextDouble();

    public int Word() => random.Next(vocabulary);
}

/// <summary>
/// Words and regions to predict (datasets/concept_cap_dataset.py): 15 % of both are chosen. Of the chosen words 80 % become [MASK], 10 %
/// any word, 10 % stay; of the chosen regions 90 % lose their feature. Drawn in this order: whether the caption is another's, a number for
/// each word, a number for each region.
/// </summary>
internal sealed class PretrainingMasks(IMaskingDraws draws)
{
    private const double Chosen = 0.15;
    private const double Replaced = 0.8;
    private const double Changed = 0.9;

    /// <summary>Regions that overlap with a chosen one by more are no part of what the image's mean is divided by.</summary>
    private const float Overlap = 0.4f;

    /// <summary>Whether the image gets a caption of another.</summary>
    public bool ReplacesCaption() => draws.Uniform() > 0.5;

    /// <summary>The places of a text's words: between [CLS], which is the first token, and [SEP], which ends each segment.</summary>
    /// <param name="ids">The text, perhaps with padding.</param>
    /// <param name="count">Its tokens.</param>
    public static List<int> WordPlaces(ReadOnlySpan<long> ids, int count)
    {
        var places = new List<int>();
        for (var i = 1; i < count; i++)
            if (ids[i] != ids[count - 1]) places.Add(i);
        return places;
    }

    /// <summary>The words as the model sees them, and the word at each place that it predicts.</summary>
    /// <param name="ids">The caption without special tokens, already cut.</param>
    /// <param name="mask">The id of [MASK].</param>
    public (int[] Ids, long[] Labels) MaskWords(IReadOnlyList<int> ids, int mask)
    {
        int[] seen = [.. ids];
        var labels = new long[seen.Length];
        for (var i = 0; i < seen.Length; i++)
        {
            var draw = draws.Uniform() / Chosen;
            labels[i] = draw < 1 ? seen[i] : MaskedTokens.None;
            if (draw < Replaced)
                seen[i] = mask;
            else if (draw < Changed)
                seen[i] = draws.Word();
        }

        return (seen, labels);
    }

    /// <summary>Hides words of a row in place, and tells them.</summary>
    /// <param name="ids">The text.</param>
    /// <param name="mask">1 for a token, then 0 for padding.</param>
    /// <param name="maskToken">The id of [MASK].</param>
    /// <param name="labels">Receives the word at each place that is predicted.</param>
    public void HideWords(Span<long> ids, ReadOnlySpan<long> mask, int maskToken, Span<long> labels)
    {
        var places = WordPlaces(ids, mask.LastIndexOf(1L) + 1);
        var all = ids.ToArray();
        var (seen, hidden) = MaskWords([.. places.Select(place => (int)all[place])], maskToken);
        foreach (var (i, place) in places.Index()) (ids[place], labels[place]) = (seen[i], hidden[i]);
    }

    /// <summary>The regions as the model sees them.</summary>
    /// <param name="features">N features, one after the other.</param>
    /// <param name="boxes">N boxes in pixels, x1 y1 x2 y2.</param>
    public MaskedRegions MaskRegions(ReadOnlySpan<float> features, ReadOnlySpan<float> boxes)
    {
        var count = boxes.Length / 4;
        var width = count == 0 ? 0 : features.Length / count;
        var seen = features.ToArray();
        var labels = new long[count];
        bool[] near = new bool[count], hidden = new bool[count];
        for (var i = 0; i < count; i++)
        {
            var draw = draws.Uniform() / Chosen;
            labels[i] = draw < 1 ? 1 : MaskedTokens.None;
            if (hidden[i] = draw < Changed) Array.Clear(seen, i * width, width);
            for (var j = 0; draw < 1 && j < count; j++)
                near[j] |= BoxOverlap.Of(boxes.Slice(4 * i, 4), boxes.Slice(4 * j, 4)) > Overlap;
        }

        return new(seen, labels, near, hidden);
    }

    /// <summary>
    /// The regions as LXMERT sees them (src/pretrain/lxmert_data.py): of those that are chosen 80 % lose their feature, 10 % get that of a
    /// region of any image, 10 % keep it.
    /// </summary>
    /// <param name="features">N features, one after the other.</param>
    /// <param name="count">N.</param>
    /// <param name="another">Gives the feature of a region of any image.</param>
    public MaskedRegions MaskFeatures(ReadOnlySpan<float> features, int count, Func<float[]> another)
    {
        var width = count == 0 ? 0 : features.Length / count;
        var seen = features.ToArray();
        var labels = new long[count];
        var hidden = new bool[count];
        for (var i = 0; i < count; i++)
        {
            var draw = draws.Uniform() / Chosen;
            labels[i] = draw < 1 ? 1 : MaskedTokens.None;
            if (hidden[i] = draw < Replaced)
                Array.Clear(seen, i * width, width);
            else if (draw < Changed)
                another().CopyTo(seen.AsSpan(i * width, width));
        }

        return new(seen, labels, new bool[count], hidden);
    }

    /// <summary>
    /// The labels when nothing is predicted of a caption that is not the image's (train_concap.py, objective 1). The reference multiplies
    /// and then takes 0 for what is not predicted: so word 0 is never predicted.
    /// </summary>
    public static long[] OfPairsOnly(IEnumerable<long> labels, bool isReplaced) =>
        [.. labels.Select(label => isReplaced || label == 0 ? MaskedTokens.None : label)];
}

/// <summary>Regions with some of them hidden.</summary>
/// <param name="Features">N features; a hidden region's is zeros.</param>
/// <param name="Labels">1 for a region that is predicted, else -1.</param>
/// <param name="Near">Whether a region overlaps with one that is predicted.</param>
/// <param name="Hidden">Whether a region's feature is zeros.</param>
internal sealed record MaskedRegions(float[] Features, long[] Labels, bool[] Near, bool[] Hidden)
{
    /// <summary>What the sum of the features is divided by for the whole image's.</summary>
    public int MeanDivisor => Math.Max(1, Near.Count(near => !near));
}
