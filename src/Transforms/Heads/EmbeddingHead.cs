using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>Text and image, or one of them, as vectors of length 1, each read by itself; those of both also have an inner product.</summary>
/// <param name="OfTexts">Whether texts are read.</param>
/// <param name="OfImages">Whether images are.</param>
internal sealed record EmbeddingHead(bool OfTexts, bool OfImages) : TaskHead
{
    /// <summary>The output that has the texts' vectors.</summary>
    public const string OfText = "TextEmbedding";

    /// <summary>The output that has the images' vectors.</summary>
    public const string OfImage = "ImageEmbedding";

    public override int Texts => OfTexts ? 1 : 0;

    public override int Images => OfImages ? 1 : 0;

    public override ModelStates<T> States<T>(
        IRegionEngine<T> engine, VisionLanguageModel model, ModelInputs<T> inputs, Recorder<T>? record) => model.Encode(engine, inputs);

    /// <summary>The vectors side by side, images first.</summary>
    public override T Logits<T>(IEngine<T> engine, VisionLanguageModel model, ModelStates<T> states)
    {
        if (!OfTexts) return states.PooledImage!;
        if (!OfImages) return states.PooledText!;

        // Similarities are divided by it in training alone; it goes along for whoever trains on.
        return KeptParameter.Add(
            engine, engine.Concat(1, states.PooledImage!, states.PooledText!), model.Temperature(engine));
    }

    public override IEnumerable<TaskOutput<T>> Outputs<T>(IEngine<T> engine, T logits, ModelInputs<T> inputs)
    {
        if (!OfTexts) return [new(OfImage, logits, Size)];
        if (!OfImages) return [new(OfText, logits, Size)];
        T image = engine.Slice(logits, 1, 0, Size), text = engine.Slice(logits, 1, Size, null);
        return
        [
            new(OfImage, image, Size), new(OfText, text, Size), new(Score, engine.Sum(engine.Multiply(image, text), 1, keepAxis: true), 1),
        ];
    }

    /// <summary>Numbers of a vector.</summary>
    public required int Size { get; init; }

    public override string ToString() => "the embeddings of text and image";
}

/// <summary>Parameters that a graph keeps and does not compute with.</summary>
internal static class KeptParameter
{
    /// <summary>
    /// Adds a length times nothing: what no node of a graph reads is dropped with a complaint by whoever opens it, and a length is known without
    /// reading the values.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="value">What stays as it is.</param>
    /// <param name="kept">The parameter.</param>
    /// <param name="isScalar">Whether it has no axis.</param>
    public static T Add<T>(IEngine<T> engine, T value, T kept, bool isScalar = true)
        where T : class
    {
        var list = isScalar ? engine.Reshape(kept, 1) : kept;
        return engine.Add(value, engine.Affine(engine.ToFloat(engine.Length(list, 0)), 0));
    }
}
