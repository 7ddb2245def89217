using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Embedding;

namespace MLNet.VisionLanguage;

/// <summary>
/// Reads text and image each by itself, to vectors whose inner product tells how well the two suit each other (FIBER without fusion, Dou et al.
/// 2022): images are embedded once and found by many texts. Reads InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of one length) and
/// PixelValues (Vector&lt;Single&gt; of 3 × side × side); adds ImageEmbedding and TextEmbedding (Vector&lt;Single&gt; of length 1) and Score
/// (Single, -1..1, their inner product). <see cref="ImageEncoder"/> and <see cref="TextEncoder"/> read one of the two alone.
/// </summary>
public sealed class DualEncoderTransformer : ImageTextPairTransformer
{
    private readonly Lazy<EmbeddingTransformer> _text;
    private readonly Lazy<EmbeddingTransformer> _image;

    internal DualEncoderTransformer(MLContext mlContext, DualEncoderSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model)
    {
        _text = new(() => Side(EmbeddingSide.Text));
        _image = new(() => Side(EmbeddingSide.Image));

        EmbeddingTransformer Side(EmbeddingSide side)
        {
            ThrowIfDisposed();
            using var weights = OpenWeights();
            return settings.Of(side).Create(mlContext, weights);
        }
    }

    /// <summary>The numbers of an embedding.</summary>
    public int Dimensions => Model.EmbeddingSize;

    /// <summary>The side that reads texts; made when first asked for, and disposed with this.</summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public EmbeddingTransformer TextEncoder => _text.Value;

    /// <summary>The side that reads images; made when first asked for, and disposed with this.</summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public EmbeddingTransformer ImageEncoder => _image.Value;

    private protected override void DisposeOwn()
    {
        base.DisposeOwn();
        foreach (var side in new[] { _text, _image })
            if (side.IsValueCreated) side.Value.Dispose();
    }
}
