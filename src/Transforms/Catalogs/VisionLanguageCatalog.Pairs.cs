using Microsoft.ML;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Scores every text with every image by a model as it was trained or loaded: the steps before its <see cref="ImageTextRetrievalTransformer"/>
    /// or <see cref="ImageTextMatchingTransformer"/> run on the texts, on the images, or on both, wherever their columns are. See
    /// <see cref="ImageTextPairTransformer.ScoreAllPairs"/>.
    /// </summary>
    /// <param name="model">A chain with such a transformer in it, or the transformer.</param>
    /// <param name="texts">The texts, a row each, with the columns that the chain makes token ids of.</param>
    /// <param name="images">The images, a row each, with the columns that the chain makes regions of.</param>
    /// <param name="batchSize">
    /// How many pairs are scored at once, and how many texts or images are computed together; 0 takes the model's.
    /// </param>
    /// <param name="progress">Is told how many pairs are scored, after each batch.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>For each text, in the order of the rows, the score of every image in theirs.</returns>
    /// <exception cref="ArgumentException">
    /// The model scores no pairs, a step before it finds its columns in neither view, or a column is missing or of another type.
    /// </exception>
    /// <exception cref="InvalidOperationException">A row holds values that the model cannot take; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public IReadOnlyList<float[]> ScoreAllPairs(
        ITransformer model, IDataView texts, IDataView images, int batchSize = 0, IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(images);
        ITransformer[] parts = [.. Flat(model)];
        var place = Array.FindLastIndex(parts, part => part is ImageTextPairTransformer);
        if (place < 0)
        {
            throw new ArgumentException(
                $"ScoreAllPairs needs a model with an {nameof(ImageTextRetrievalTransformer)} or {nameof(ImageTextMatchingTransformer)}, as training "
                + $"gives it or VisionLanguage().Load; this one has {string.Join(", ", parts.Select(part => part.GetType().Name))}.",
                nameof(model));
        }

        foreach (var part in parts[..place])
        {
            var (ofTexts, ofImages) = (Try(part, texts), Try(part, images));
            if (ofTexts.Problem is { } problem && ofImages.Problem is { } other)
            {
                throw new ArgumentException(
                    $"ScoreAllPairs: {part.GetType().Name} can use neither the texts ({problem.Message}) nor the images ({other.Message}).", nameof(model));
            }

            (texts, images) = (ofTexts.View ?? texts, ofImages.View ?? images);
        }

        return ((ImageTextPairTransformer)parts[place]).ScoreAllPairs(texts, images, batchSize, progress, cancellation);

        static (IDataView? View, Exception? Problem) Try(ITransformer part, IDataView view)
        {
            try
            {
                return (part.Transform(view), null);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                // Its columns are not there.
                return (null, e);
            }
        }

        static IEnumerable<ITransformer> Flat(ITransformer part) => part is IEnumerable<ITransformer> chain ? chain.SelectMany(Flat) : [part];
    }
}
