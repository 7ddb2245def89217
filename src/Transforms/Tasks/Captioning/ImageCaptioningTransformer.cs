using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Captioning;

namespace MLNet.VisionLanguage;

/// <summary>
/// Writes a caption for each row's image by beam search; the image is seen once, and each word reads what the words before it left. Reads
/// PixelValues (Vector&lt;Single&gt; of 3 × side × side, as PreprocessImage makes it); adds Caption (Text) and Score (Single, the caption's mean
/// log-probability of a token). Captions do not depend on what other rows a batch has, unless the reference's ranking is asked for.
/// </summary>
public sealed class ImageCaptioningTransformer : TaskTransformer
{
    internal ImageCaptioningTransformer(MLContext mlContext, CaptionSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model)
    {
    }

    /// <summary>How many beginnings of a caption are kept at each word; 1 takes the likeliest word each time.</summary>
    public int Beams => ((CaptionSettings)TaskSettings).Beams;

    /// <summary>The longest caption, in tokens.</summary>
    public int MaxLength => ((CaptionSettings)TaskSettings).MaxLength;

    /// <summary>A row that is trained on has a text as well.</summary>
    internal override void Try(ColumnBatch batch) => base.Try(batch.Last());
}
