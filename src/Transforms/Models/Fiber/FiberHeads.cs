using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>FIBER's heads besides its classifiers (coarse_grained/fiber/modules/heads.py), and the parameters that it only keeps.</summary>
internal sealed class FiberHeads<T>(IEngine<T> engine, FiberConfig config)
    where T : class
{
    /// <summary>Logits of the words at every place, [B, L, vocabulary]; the decoder is not tied to the word table.</summary>
    public T PredictWords(T states)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        var words = Pieces.Transform(engine, states, FiberNames.Words + ".transform", config.HiddenSize, Activation.Gelu);
        return engine.Add(
            engine.Linear(words, FiberNames.Words + ".decoder", config.VocabularySize, bias: false),
            engine.Parameter(FiberNames.Words + ".bias", [config.VocabularySize], ParameterRole.Bias));
    }

    /// <summary>Whether text and image belong together, [B, 2]; class 1 says they do.</summary>
    public T Match(T joint)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        return engine.Linear(joint, FiberNames.Match, 2);
    }

    /// <summary>How well text and image suit each other, [B, 1].</summary>
    public T Rank(T joint)
    {
        using var marks = engine.Mark(ParameterMarks.Head | ParameterMarks.TrunkRate);
        return engine.Linear(joint, FiberNames.Rank, 1);
    }

    /// <summary>The temperature that divides similarities, a scalar.</summary>
    public T Temperature() => engine.Parameter(FiberNames.Temperature, [], ParameterRole.Gate, FiberConfig.FirstTemperature);

    /// <summary>
    /// The linears that checkpoints of captions hold for text layers that do not read the image; there is one for each layer below the last two.
    /// </summary>
    public void KeepCaptionTransforms()
    {
        var last = config.Depths.Count - 1;
        for (var layer = 0; layer < config.TextLayers - config.Depths[last]; layer++)
            Matrix($"{FiberNames.CaptionTransforms}.{layer}", FiberTowers.Width(config, last - 1), FiberTowers.Width(config, last));
    }

    /// <summary>What every checkpoint holds but the fused mode does not read; names that something read before stay as they are.</summary>
    public void KeepOthers()
    {
        var wide = FiberTowers.Width(config, config.Depths.Count - 1);
        Vector(FiberTowers.Vision + "norm", wide);
        foreach (var layer in new FiberTowers(config).Layers)
        {
            if (layer.Cross is { } cross)
            {
                if (!cross.IsMerged) Vector(cross.UnusedNorm, layer.Size);
            }
            else if (config.Fusion == Fusion.Gated)
            {
                engine.Unused(layer.Name + ".alpha_t2i", 1);
            }
        }

        Vector($"{FiberTowers.Text}encoder.layer.{config.TextLayers - 1}.output.LayerNorm", config.TextHiddenSize);
        Matrix(FiberTowers.Text + "pooler.dense", config.TextHiddenSize, config.TextHiddenSize);
        Matrix(FiberNames.TextTransform + FiberNames.Contrast, config.HiddenSize, config.TextHiddenSize);
        Matrix(FiberNames.ImageTransform + FiberNames.Contrast, config.HiddenSize, wide);
        if (!config.ContrastPooler) return;
        Matrix(FiberNames.TextPooler + FiberNames.Contrast + ".dense", config.HiddenSize, config.HiddenSize);
        Matrix(FiberNames.ImagePooler + FiberNames.Contrast + ".dense", config.HiddenSize, config.HiddenSize);
    }

    private void Vector(string name, int size)
    {
        engine.Unused(name + ".weight", size);
        engine.Unused(name + ".bias", size);
    }

    private void Matrix(string name, int outputs, int inputs)
    {
        engine.Unused(name + ".weight", outputs, inputs);
        engine.Unused(name + ".bias", outputs);
    }
}
