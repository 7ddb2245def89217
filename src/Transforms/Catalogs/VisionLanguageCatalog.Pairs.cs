using Microsoft.ML;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Scores every text with every image by a model as it was trained or loaded: the steps before its
    /// <see cref="ImageTextRetrievalTransformer"/>, <see cref="ImageTextMatchingTransformer"/> or <see cref="DualEncoderTransformer"/>
    /// run on the texts, on the images, or on both, wherever their columns are. See <see cref="ImageTextPairTransformer.ScoreAllPairs"/>.
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
        var scorer = Before(nameof(ScoreAllPairs), model, ref texts, ref images);
        return scorer.ScoreAllPairs(texts, images, batchSize, progress, cancellation);
    }

    /// <summary>
    /// Scores some images of each text, such as those that a faster model found: as <see cref="ScoreAllPairs"/>, of these pairs alone. See
    /// <see cref="ImageTextPairTransformer.ScorePairs"/>.
    /// </summary>
    /// <param name="model">A chain with such a transformer in it, or the transformer.</param>
    /// <param name="texts">The texts, a row each, with the columns that the chain makes token ids of.</param>
    /// <param name="images">The images, a row each, with the columns that the chain makes regions or pixels of.</param>
    /// <param name="candidates">For each text the rows of its images.</param>
    /// <param name="batchSize">
    /// How many pairs are scored at once, and how many texts or images are computed together; 0 takes the model's.
    /// </param>
    /// <param name="progress">Is told how many pairs are scored, after each batch.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>For each text the scores of its images, in their order.</returns>
    /// <exception cref="ArgumentException">As of <see cref="ScoreAllPairs"/>, or there are not as many lists as texts.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A list has a row that there is not.</exception>
    /// <exception cref="InvalidOperationException">A row holds values that the model cannot take; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public IReadOnlyList<float[]> ScorePairs(
        ITransformer model, IDataView texts, IDataView images, IReadOnlyList<IReadOnlyList<int>> candidates, int batchSize = 0,
        IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(images);
        var scorer = Before(nameof(ScorePairs), model, ref texts, ref images);
        return scorer.ScorePairs(texts, images, candidates, batchSize, progress, cancellation);
    }

    /// <summary>The scorer of a chain, and the views as it reads them.</summary>
    private static ImageTextPairTransformer Before(string caller, ITransformer model, ref IDataView texts, ref IDataView images)
    {
        var (before, scorer) = Last<ImageTextPairTransformer>(caller, model);
        foreach (var part in before)
        {
            var (ofTexts, ofImages) = (TryStep(part, texts), TryStep(part, images));
            if (ofTexts.Problem is { } problem && ofImages.Problem is { } other)
            {
                throw new ArgumentException(
                    $"{caller}: {part.GetType().Name} can use neither the texts ({problem.Message}) nor the images ({other.Message}).", nameof(model));
            }

            (texts, images) = (ofTexts.View ?? texts, ofImages.View ?? images);
        }

        return scorer;
    }

    /// <summary>The last part of a model that is of some type, and the parts before it.</summary>
    private static (ITransformer[] Before, T Part) Last<T>(string caller, ITransformer model)
        where T : class, ITransformer
    {
        ITransformer[] parts = [.. Flat(model)];
        var place = Array.FindLastIndex(parts, part => part is T);
        var wanted = typeof(T) == typeof(ImageTextPairTransformer)
            ? $"{nameof(ImageTextRetrievalTransformer)}, {nameof(ImageTextMatchingTransformer)} or {nameof(DualEncoderTransformer)}"
            : typeof(T).Name;
        return place >= 0
            ? (parts[..place], (T)parts[place])
            : throw new ArgumentException(
                $"{caller} needs a model with an {wanted}, as training gives it or VisionLanguage().Load; this one has "
                + $"{string.Join(", ", parts.Select(part => part.GetType().Name))}.",
                nameof(model));

        static IEnumerable<ITransformer> Flat(ITransformer part) => part is IEnumerable<ITransformer> chain ? chain.SelectMany(Flat) : [part];
    }

    /// <summary>What a step makes of a view; the problem where its columns are not there.</summary>
    private static (IDataView? View, Exception? Problem) TryStep(ITransformer part, IDataView view)
    {
        try
        {
            return (part.Transform(view), null);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return (null, e);
        }
    }
}
