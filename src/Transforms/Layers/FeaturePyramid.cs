using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// A feature pyramid (Lin et al. 2017) of the maps of a backbone's last stages, with two coarser levels on top (Lin et al. 2017, "Focal loss").
/// Names are NAME.fpn_inner2 … of 1 × 1 convolutions, NAME.fpn_layer2 … of 3 × 3 ones, NAME.top_blocks.p6 and p7.
/// </summary>
/// <param name="Name">What the parameters' names start with.</param>
/// <param name="Channels">Channels of every level.</param>
/// <param name="Levels">How many levels there are, the finest ones; all five of the published detector, or fewer.</param>
internal sealed record FeaturePyramid(string Name, int Channels, int Levels)
{
    /// <summary>The number of the first map's stage in the names.</summary>
    private const int FirstStage = 2;

    /// <summary>Places along a side of the squares of <see cref="DropBlock"/>.</summary>
    private const int BlockSide = 3;

    /// <summary>The share of places that are zeroed in training of the sums from which all levels come but the coarsest of a stage.</summary>
    public double DropBlock { get; init; }

    /// <param name="engine">The engine.</param>
    /// <param name="maps">[images, channels, height, width] of each stage, the finest first, each half the size of the one before.</param>
    /// <returns>The levels, [images, <see cref="Channels"/>, height, width], the finest first.</returns>
    public IReadOnlyList<T> Run<T>(IImageEngine<T> engine, IReadOnlyList<T> maps)
        where T : class
    {
        var levels = new List<T>();
        T? above = null;
        for (var i = maps.Count - 1; i >= 0; i--)
        {
            var stage = FirstStage + i;
            var inner = engine.Conv2D(maps[i], $"{Name}.fpn_inner{stage}", Channels, 1);
            above = above is null ? inner : engine.Add(inner, engine.ResizeLike(above, inner, Interpolation.Nearest));
            var part = i < maps.Count - 1 ? engine.DropBlocks(above, DropBlock, BlockSide) : above;
            if (i < Levels) levels.Insert(0, engine.Conv2D(part, $"{Name}.fpn_layer{stage}", Channels, 3, padding: 1));
        }

        for (var top = maps.Count; top < Levels; top++)
        {
            var below = top == maps.Count ? levels[^1] : engine.Activate(levels[^1], Activation.Relu);
            levels.Add(engine.Conv2D(below, $"{Name}.top_blocks.p{FirstStage + top + 1}", Channels, 3, stride: 2, padding: 1));
        }

        return levels;
    }
}
