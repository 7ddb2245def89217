using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>The residual network under a Faster R-CNN (modeling_frcnn.py, build_backbone): what of it makes the map, and what reads regions of it.</summary>
internal static class FasterRcnnBackbone
{
    /// <summary>The stem and the second to fourth stages.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="images">[images, 3, height, width], normalised.</param>
    /// <param name="prefix">What names start with.</param>
    /// <param name="record">Receives "stem", "stem.conv1", "res2" and so on, and what stages record, without the prefix.</param>
    /// <returns>The map, [images, channels, height / 16, width / 16] about.</returns>
    public static T Map<T>(IRegionEngine<T> engine, FasterRcnnConfig config, T images, string prefix = "backbone.", Recorder<T>? record = null)
        where T : class
    {
        var isTorchvision = config.Norms.AsTorchvision;
        var x = Frozen(0, () => new ResNetStem(isTorchvision ? prefix.TrimEnd('.') : prefix + "stem", config.StemChannels)
        {
            CaffePool = config.CaffePool,
            Norms = config.Norms,
        }.Run(engine, images, Record));
        record?.Invoke("stem", x);
        for (var stage = 0; stage < 3; stage++)
        {
            var (index, inputs) = (stage, x);
            x = Frozen(stage + 1, () => Stage(config, index, prefix + (isTorchvision ? $"layer{index + 1}" : $"res{index + 2}")).Run(engine, inputs, Record));
            record?.Invoke($"res{stage + 2}", x);
        }

        return x;

        T Frozen(int place, Func<T> run)
        {
            using var mark = place < config.FrozenStages ? engine.Mark(ParameterMarks.Fixed) : null;
            return run();
        }

        void Record(string name, T value) => record?.Invoke(name[prefix.Length..], value);
    }

    /// <summary>One of the stages.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="index">0 for the second stage, to 3 for the fifth.</param>
    /// <param name="name">What names start with.</param>
    public static ResNetStage Stage(FasterRcnnConfig config, int index, string name) => new(
        name,
        config.Blocks[index],
        index == 0 ? config.StemChannels : config.StageChannels << (index - 1),
        config.StageChannels << index,
        (config.Groups * config.WidthPerGroup) << index)
    {
        Groups = config.Groups,
        StrideInFirst = config.StrideInFirst,
        Norms = config.Norms,
        Stride = index == 0 || (index == 3 && !config.HalvesRegions) ? 1 : 2,
        Dilation = index == 3 && !config.HalvesRegions ? 2 : 1,
    };
}
