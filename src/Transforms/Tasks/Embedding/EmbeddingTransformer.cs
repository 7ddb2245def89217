using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Embedding;

namespace MLNet.VisionLanguage;

/// <summary>What becomes an embedding.</summary>
public enum EmbeddingSide
{
    /// <summary>Texts: InputIds, AttentionMask, TokenTypeIds.</summary>
    Text,

    /// <summary>Images: PixelValues.</summary>
    Image,
}

/// <summary>
/// Makes an embedding of each text, or of each image, which an <see cref="EmbeddingIndex"/> holds: one side of a dual encoder (FIBER, Dou et al.
/// 2022). Reads InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of one length), or PixelValues (Vector&lt;Single&gt; of 3 × side ×
/// side); adds TextEmbedding or ImageEmbedding (Vector&lt;Single&gt; of length 1). The inner product of one of a text and one of an image is what
/// <see cref="DualEncoderTransformer"/> scores.
/// </summary>
public sealed class EmbeddingTransformer : TaskTransformer
{
    internal EmbeddingTransformer(MLContext mlContext, EmbeddingSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model)
    {
    }

    /// <summary>What becomes an embedding.</summary>
    public EmbeddingSide Side => ((EmbeddingSettings)TaskSettings).Side;

    /// <summary>The numbers of an embedding.</summary>
    public int Dimensions => Model.EmbeddingSize;
}
