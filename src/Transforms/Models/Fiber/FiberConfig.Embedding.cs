using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// Text and image without fusion.
public sealed partial record FiberConfig
{
    [JsonIgnore]
    internal override int EmbeddingSize => HiddenSize;

    [JsonIgnore]
    internal override int QueueLength => QueueSize;

    internal override ModelStates<T> Encode<T>(IImageEngine<T> engine, ModelInputs<T> inputs)
    {
        var trunk = new FiberTrunk<T>(engine, this);
        var image = inputs.Pixels is { } pixels ? trunk.EncodeImage(pixels) : default((T Vector, T Tokens)?);
        var text = inputs.InputIds is { } ids ? trunk.EncodeText(ids, inputs.AttentionMask) : default((T Vector, T States)?);
        return new(() => text!.Value.States, () => image!.Value.Tokens, inputs.AttentionMask, null!)
        {
            PooledText = text?.Vector,
            PooledImage = image?.Vector,
        };
    }

    internal override T Temperature<T>(IEngine<T> engine) => new FiberHeads<T>(engine, this).Temperature();
}
