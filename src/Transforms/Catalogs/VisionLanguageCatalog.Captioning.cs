using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <content>Metrics of captions.</content>
public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Measures captions against those that people wrote: BLEU-1 to BLEU-4, ROUGE-L and CIDEr-D as coco-caption computes them, on the words
    /// of <see cref="CaptionWords"/>.
    /// </summary>
    /// <param name="scored">A row an image, such as those of <see cref="CocoCaptionsDataset.LoadByImage"/> with what a model says of them.</param>
    /// <param name="captionColumnName">What the model says, Text; may be empty.</param>
    /// <param name="referencesColumnName">What people say: Vector&lt;Text&gt;, at least one a row.</param>
    /// <param name="documentFrequencies">
    /// How many images have each run of words, for CIDEr-D, as of training's captions; null for those of the rows' references, as published
    /// numbers have it.
    /// </param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A row has no reference.</exception>
    public CaptioningMetrics EvaluateCaptioning(
        IDataView scored, string captionColumnName = "Caption", string referencesColumnName = "References", CiderScorer? documentFrequencies = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        return CaptioningMetrics.Evaluate(scored, captionColumnName, referencesColumnName, documentFrequencies);
    }
}
