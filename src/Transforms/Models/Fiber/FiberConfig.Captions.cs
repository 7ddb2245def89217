using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// Captions: the image is seen alone, and the text reads it word by word.
public sealed partial record FiberConfig
{
    internal override ModelStates<T> Describe<T>(IRegionEngine<T> engine, ModelInputs<T> inputs)
    {
        var trunk = new FiberTrunk<T>(engine, this);
        var (mask, _) = CausalMask.Of(engine, inputs.InputIds, inputs.AttentionMask);
        var image = trunk.SeeImage(inputs.Pixels!);
        var text = trunk.Describe(inputs.InputIds, mask, image);
        return new(() => text, () => image, inputs.AttentionMask, engine.Affine(engine.Squeeze(engine.Slice(image, 2, 0, 1), 2), 0, 1));
    }

    internal override T PredictWords<T>(IEngine<T> engine, ModelStates<T> states)
    {
        var heads = new FiberHeads<T>(engine, this);
        var logits = heads.PredictWords(states.Text);
        heads.KeepCaptionTransforms();
        heads.KeepOthers();
        return logits;
    }

    internal override CaptionSteps<T> Write<T>(IRegionEngine<T> engine, T pixels)
    {
        var (trunk, heads) = (new FiberTrunk<T>(engine, this), new FiberHeads<T>(engine, this));
        var read = trunk.ReadForCaption(trunk.SeeImage(pixels));
        return new([.. read.SelectMany(Flat)], (words, place, memory, image) =>
        {
            var (state, past) = trunk.NextWord(words, place, memory.Count == 0 ? null : [.. Pairs(memory)], Spread(image));
            return (heads.PredictWords(engine.Squeeze(state, 1)), [.. past.SelectMany(pair => new[] { pair.Key, pair.Value })]);
        });

        IReadOnlyList<(T, T)?> Spread(IReadOnlyList<T> image)
        {
            var pairs = new Queue<(T, T)>(Pairs(image));
            return [.. read.Select(pair => pair is null ? default((T, T)?) : pairs.Dequeue())];
        }

        static IEnumerable<T> Flat((T Key, T Value)? pair) => pair is var (key, value) ? [key, value] : [];

        static IEnumerable<(T, T)> Pairs(IReadOnlyList<T> values) => values.Chunk(2).Select(pair => (pair[0], pair[1]));
    }
}
