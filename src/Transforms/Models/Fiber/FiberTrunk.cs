using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// FIBER's trunk (Dou et al. 2022; coarse_grained/fiber/modules/fiber_module.py): both towers together, each alone, or the text word by word
/// over an image.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="config">The sizes.</param>
/// <param name="vision">What the names of the image tower start with.</param>
/// <param name="text">What the names of the text tower start with.</param>
internal sealed class FiberTrunk<T>(
    IImageEngine<T> engine, FiberConfig config, string vision = FiberTowers.Vision, string text = FiberTowers.Text)
    where T : class
{
    private readonly FiberTowers _towers = new(config, vision, text);

    private int Last => _towers.Blocks.Count - 1;

    /// <summary>Both towers, the last blocks of which read each other: states of text [B, L, h] and image [B, N, h], and what is pooled.</summary>
    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="mask">1 for a token, 0 for padding, [B, L].</param>
    /// <param name="pixels">[B, 3 · side · side].</param>
    /// <param name="record">Receives intermediate states.</param>
    public ModelStates<T> Fuse(T ids, T mask, T pixels, Recorder<T>? record = null)
    {
        var textMask = Masks.Additive(engine, mask);
        var image = Stages(pixels, Last - 1, record);
        var text = Layers(Embed(ids, record), textMask, _towers.Alone, record);

        // Both read the other's state from before.
        var layer = _towers.Alone;
        for (var stage = Last - 1; stage <= Last; stage++)
        {
            foreach (var (number, block) in _towers.Blocks[stage].Index())
            {
                if (block.Cross is null)
                {
                    image = Block(block, stage, number, image, record);
                    continue;
                }

                // The reference leaves the last LayerNorm out in the last pair of the last stage.
                var isNormalized = stage < Last || number == 0;
                var reader = _towers.Layers[layer];
                var pair = engine.Segment([image, text], states =>
                [
                    block.Run(engine, states[0], states[1], textMask),
                    reader.Run(engine, states[1], textMask, engine.MergeAxes(states[0], 1), isNormalized),
                ]);
                (image, text) = (pair[0], pair[1]);
                Record(record, stage, number, image);
                record?.Invoke($"text.layer.{layer}", text);
                layer++;
            }

            if (stage < Last) image = Merge(stage, image, record);
        }

        return States(text, engine.MergeAxes(image, 1), mask, record);
    }

    /// <summary>The image tower alone, [B, N, width], without the LayerNorm after it.</summary>
    public T SeeImage(T pixels, Recorder<T>? record = null) => engine.MergeAxes(Stages(pixels, Last + 1, record), 1);

    /// <summary>The image as a vector of length 1 to be compared with texts, [B, h]; also its tokens before they are pooled.</summary>
    public (T Vector, T Tokens) EncodeImage(T pixels)
    {
        var seen = engine.LayerNorm(SeeImage(pixels), vision + "norm", SwinBlock.Epsilon);
        var tokens = engine.Linear(seen, FiberNames.ImageTransform + FiberNames.Contrast, config.HiddenSize);
        return (Normalized(Pool(Mean(tokens), FiberNames.ImagePooler)), tokens);
    }

    /// <summary>The text as a vector of length 1 to be compared with images, [B, h]; also its states before they are pooled.</summary>
    public (T Vector, T States) EncodeText(T ids, T mask)
    {
        var states = engine.Linear(ReadText(ids, Masks.Additive(engine, mask)), FiberNames.TextTransform + FiberNames.Contrast, config.HiddenSize);
        return (Normalized(Pool(Pieces.First(engine, states), FiberNames.TextPooler)), states);
    }

    /// <summary>The text tower alone, [B, L, width].</summary>
    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="mask">Additive, [B, 1, 1, L].</param>
    /// <param name="record">Receives intermediate states.</param>
    public T ReadText(T ids, T mask, Recorder<T>? record = null) => Layers(Embed(ids, record), mask, _towers.Layers.Count, record);

    /// <summary>What a text's words, each read with those before it, say of an image: [B, L, h].</summary>
    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="mask">Additive, [B or 1, 1, L, L].</param>
    /// <param name="image">What <see cref="SeeImage"/> gave.</param>
    /// <param name="record">Receives intermediate states.</param>
    public T Describe(T ids, T mask, T image, Recorder<T>? record = null)
    {
        var text = Layers(Embed(ids, record), mask, _towers.Alone, record);
        for (var layer = _towers.Alone; layer < config.TextLayers; layer++)
        {
            var number = layer;
            var read = engine.Segment([text, image], states =>
            {
                return [_towers.Layers[number].Run(engine, states[0], mask, SeenBy(number, states[1]))];
            });
            text = read[0];
            record?.Invoke($"text.layer.{layer}", text);
        }

        return engine.Linear(text, FiberNames.TextTransform, config.HiddenSize);
    }

    /// <summary>What each text layer reads of an image while a caption is written, once for all its words; null for layers that read none.</summary>
    /// <param name="image">What <see cref="SeeImage"/> gave.</param>
    public IReadOnlyList<(T Key, T Value)?> ReadForCaption(T image) =>
        [.. _towers.Layers.Select((layer, number) => layer.Cross is { } cross ? cross.Read(engine, SeenBy(number, image)) : default((T, T)?))];

    /// <summary>What the next word of a caption says of an image, [B, 1, h], and the keys and values of each layer so far.</summary>
    /// <param name="word">Int64 [B, 1].</param>
    /// <param name="place">Its number in the caption, from 0.</param>
    /// <param name="past">What this gave of the word before; null at the first.</param>
    /// <param name="image">What <see cref="ReadForCaption"/> gave.</param>
    public (T State, IReadOnlyList<(T Key, T Value)> Past) NextWord(
        T word, int place, IReadOnlyList<(T Key, T Value)>? past, IReadOnlyList<(T Key, T Value)?> image)
    {
        var text = _towers.Embedding.Run(engine, word, engine.Constant(new[] { (long)RobertaEmbedding.FirstPosition + place }, 1));
        var kept = new List<(T Key, T Value)>();
        foreach (var (number, layer) in _towers.Layers.Index())
        {
            (text, var own) = layer.Next(engine, text, past?[number], image[number]);
            kept.Add(own);
        }

        return (engine.Linear(text, FiberNames.TextTransform, config.HiddenSize), kept);
    }

    /// <summary>An image's tokens as a text layer reads them for a caption; those below the last two were trained on half the width.</summary>
    private T SeenBy(int layer, T image) => layer < config.TextLayers - config.Depths[^1]
        ? engine.Linear(image, $"{FiberNames.CaptionTransforms}.{layer}", FiberTowers.Width(config, Last - 1))
        : image;

    private T Embed(T ids, Recorder<T>? record)
    {
        var text = _towers.Embedding.Run(engine, ids);
        record?.Invoke("text.embeddings", text);
        return text;
    }

    private T Layers(T text, T mask, int count, Recorder<T>? record)
    {
        for (var layer = 0; layer < count; layer++)
        {
            var number = layer;
            text = engine.Segment([text], states => [_towers.Layers[number].Run(engine, states[0], mask)])[0];
            record?.Invoke($"text.layer.{layer}", text);
        }

        return text;
    }

    private T Stages(T pixels, int count, Recorder<T>? record)
    {
        pixels = engine.Reshape(pixels, 0, StandardColumns.Colours, config.ImageSize, config.ImageSize);
        var image = SwinEdges.Patches(engine, pixels, vision + "patch_embed", config.PatchSize);
        if (record is not null) record("patch_embed", engine.MergeAxes(image, 1));
        for (var stage = 0; stage < count; stage++)
        {
            foreach (var (number, block) in _towers.Blocks[stage].Index()) image = Block(block, stage, number, image, record);
            if (stage < Last) image = Merge(stage, image, record);
        }

        return image;
    }

    private T Block(SwinBlock block, int stage, int number, T image, Recorder<T>? record)
    {
        image = engine.Segment([image], states => [block.Run(engine, states[0])])[0];
        Record(record, stage, number, image);
        return image;
    }

    private T Merge(int stage, T image, Recorder<T>? record)
    {
        image = SwinEdges.Merge(engine, image, $"{vision}layers.{stage}.downsample", FiberTowers.Width(config, stage));
        if (record is not null) record($"vision.layers.{stage}.downsample", engine.MergeAxes(image, 1));
        return image;
    }

    private void Record(Recorder<T>? record, int stage, int number, T image)
    {
        if (record is not null) record($"vision.layers.{stage}.blocks.{number}", engine.MergeAxes(image, 1));
    }

    private ModelStates<T> States(T text, T image, T mask, Recorder<T>? record)
    {
        var texts = engine.Linear(text, FiberNames.TextTransform, config.HiddenSize);
        var images = engine.Linear(image, FiberNames.ImageTransform, config.HiddenSize);
        var mean = Mean(images);
        T ofText = Pieces.Pool(engine, texts, FiberNames.TextPooler + ".dense", config.HiddenSize, Activation.Tanh);
        T ofImage = engine.Activate(engine.Linear(mean, FiberNames.ImagePooler + ".dense", config.HiddenSize), Activation.Tanh);
        if (record is not null) record("avg_image_feats", engine.Unsqueeze(mean, 1));
        var seen = engine.Affine(engine.Squeeze(engine.Slice(images, 2, 0, 1), 2), 0, 1);
        return new(() => texts, () => images, mask, seen)
        {
            PooledText = ofText,
            PooledImage = ofImage,
            ReadJoint = () => engine.Concat(1, ofText, ofImage),
        };
    }

    /// <summary>The mean of all tokens of an image, [B, width] of [B, N, width].</summary>
    private T Mean(T tokens)
    {
        var side = config.ImageSize / SwinEdges.Patch >> Last;
        return engine.Affine(engine.Sum(tokens, 1, keepAxis: false), 1f / (side * side));
    }

    private T Pool(T vector, string name) => config.ContrastPooler
        ? engine.Activate(engine.Linear(vector, name + FiberNames.Contrast + ".dense", config.HiddenSize), Activation.Tanh)
        : vector;

    private T Normalized(T vector) =>
        engine.Divide(vector, engine.Sqrt(engine.Sum(engine.Multiply(vector, vector), 1, keepAxis: true)));
}
