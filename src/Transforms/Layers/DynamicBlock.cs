using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// A block of a dynamic head (Dai et al. 2021): every level of a pyramid is convolved with its neighbours at places that the level itself
/// says, weighed against each other, and activated by <see cref="DynamicRelu"/>. All levels share the parameters: offset, DyConv.0 (the
/// coarser level), 1 (the level), 2 (the finer one) with .conv and .bn, AttnConv.1 and relu.
/// </summary>
/// <param name="Prefix">What the parameters' names start with, such as "rpn.head.dyhead_tower.0.".</param>
/// <param name="Channels">Channels of every level.</param>
/// <param name="Groups">Groups that channels are normalised in.</param>
internal sealed record DynamicBlock(string Prefix, int Channels, int Groups)
{
    private const int Kernel = 3;
    private const int Entries = Kernel * Kernel;

    /// <param name="engine">The engine.</param>
    /// <param name="levels">[images, channels, height, width] of each, the finest first.</param>
    /// <param name="record">Receives "offset_0", "mask_0", "same_level_0" and "coarser_0".</param>
    /// <returns>The levels in the same sizes.</returns>
    public IReadOnlyList<T> Run<T>(IRegionEngine<T> engine, IReadOnlyList<T> levels, Recorder<T>? record = null)
        where T : class => [.. levels.Select((_, place) =>
        {
            // What lies between is several times as large as the levels: a segment for each of them keeps one's at a time.
            T?[] near = [place > 0 ? levels[place - 1] : null, levels[place], place < levels.Count - 1 ? levels[place + 1] : null];
            return engine.Segment([.. near.OfType<T>()], inputs =>
            {
                var own = place > 0 ? 1 : 0;
                var finer = place > 0 ? inputs[0] : null;
                var coarser = place < levels.Count - 1 ? inputs[own + 1] : null;
                return [Level(engine, inputs[own], finer, coarser, record is null ? null : (name, value) => record($"{name}_{place}", value))];
            })[0];
        })];

    private T Level<T>(IRegionEngine<T> engine, T own, T? finer, T? coarser, Recorder<T>? record)
        where T : class
    {
        var told = engine.Conv2D(own, Prefix + "offset", 3 * Entries, Kernel, padding: 1);
        var offsets = engine.Slice(told, 1, 0, 2 * Entries);
        var masks = engine.Activate(engine.Slice(told, 1, 2 * Entries, null), Activation.Sigmoid);
        record?.Invoke("offset", offsets);
        record?.Invoke("mask", masks);
        var same = Convolve(own, 1, 1, offsets, masks);
        record?.Invoke("same_level", same);
        List<T> found = [Weighed(same)];
        if (finer is not null) found.Add(Weighed(Convolve(finer, 2, 2, offsets, masks)));
        if (coarser is not null)
        {
            // The published kernel reads the level's offsets at the places in memory that those of the smaller map would have, and weights
            // have learned with that.
            var convolved = Convolve(
                coarser, 0, 1, engine.TakeMaps(offsets, 2 * Entries, coarser), engine.TakeMaps(masks, Entries, coarser));
            record?.Invoke("coarser", convolved);
            found.Add(Weighed(engine.ResizeLike(convolved, own, Interpolation.BilinearCorners)));
        }

        var mean = engine.Affine(found.Aggregate(engine.Add), 1f / found.Count);
        return new DynamicRelu(Prefix + "relu", Channels).Run(engine, mean);

        T Convolve(T x, int number, int stride, T places, T weights) => engine.GroupNorm(
            engine.DeformConv2D(x, places, weights, $"{Prefix}DyConv.{number}.conv", Channels, Kernel, stride, padding: 1),
            $"{Prefix}DyConv.{number}.bn",
            Groups,
            decayed: true);

        T Weighed(T x)
        {
            var sure = engine.Activate(engine.Conv2D(engine.GlobalAveragePool(x), Prefix + "AttnConv.1", 1, 1), Activation.Relu);
            return engine.Multiply(x, engine.Activate(sure, Activation.HardSigmoid));
        }
    }
}
