using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;
using MLNet.VisionLanguage.Tasks.Embedding;
using MLNet.VisionLanguage.Tasks.Retrieval;

namespace MLNet.VisionLanguage;

/// <content>Embeddings, and search among them.</content>
public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Makes a dual encoder, which embeds text and image each by itself, from a checkpoint (.safetensors, .bin, .pth, an index of several) of
    /// FIBER, pre-trained or fine-tuned for retrieval without fusion, or one that <see cref="TaskTransformer.SaveWeights"/> wrote.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration; FIBER's, in the image size of the pictures.</param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <returns>The dual encoder and what was found; weights are copied one by one.</returns>
    /// <inheritdoc cref="LoadVisualEntailment" path="/exception"/>
    public LoadedCheckpoint<DualEncoderTransformer> LoadDualEncoder(
        string path, VisionLanguageModel model, string? stateDictionary = null, int batchSize = 32, int threads = 0, bool quantize = false) =>
        Load<DualEncoderSettings, DualEncoderTransformer>(
            path, stateDictionary, new() { Model = model, BatchSize = batchSize, Threads = threads, Quantize = quantize });

    /// <summary>As <see cref="LoadDualEncoder"/>, of one side alone: what embeds texts, or what embeds images.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration; FIBER's, in the image size of the pictures.</param>
    /// <param name="side">What becomes an embedding.</param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <inheritdoc cref="LoadVisualEntailment" path="/exception"/>
    public LoadedCheckpoint<EmbeddingTransformer> LoadEmbedding(
        string path, VisionLanguageModel model, EmbeddingSide side, string? stateDictionary = null, int batchSize = 32, int threads = 0,
        bool quantize = false) =>
        Load<EmbeddingSettings, EmbeddingTransformer>(
            path, stateDictionary, new() { Model = model, Side = side, BatchSize = batchSize, Threads = threads, Quantize = quantize });

    /// <summary>
    /// Embeds the texts, or the images, of a view by a model as it was trained or loaded: the steps before its
    /// <see cref="DualEncoderTransformer"/> run as far as the view has their columns.
    /// </summary>
    /// <param name="model">A chain with such a transformer in it, or the transformer; it must live as long as the view is read.</param>
    /// <param name="view">The rows, with the columns that the chain makes token ids, or pixels, of.</param>
    /// <param name="side">What becomes an embedding.</param>
    /// <returns>The view with TextEmbedding or ImageEmbedding.</returns>
    /// <exception cref="ArgumentException">The model is no dual encoder, or a column is missing or of another type.</exception>
    public IDataView Embed(ITransformer model, IDataView view, EmbeddingSide side)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(view);
        var (before, encoder) = Last<DualEncoderTransformer>(nameof(Embed), model);
        foreach (var part in before) view = TryStep(part, view).View ?? view;
        return (side == EmbeddingSide.Text ? encoder.TextEncoder : encoder.ImageEncoder).Transform(view);
    }

    /// <summary>Makes an index of the embeddings of a view, to find the nearest to a query.</summary>
    /// <param name="view">A row an item.</param>
    /// <param name="idColumnName">The items' names, Text, each once.</param>
    /// <param name="embeddingColumnName">Their embeddings, Vector&lt;Single&gt; of one length.</param>
    /// <param name="normalize">Whether embeddings are divided by their length, so that scores of such queries are cosines.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A name stands twice, lengths differ, or a number is not finite.</exception>
    public EmbeddingIndex CreateEmbeddingIndex(
        IDataView view, string idColumnName = "ImageId", string embeddingColumnName = "ImageEmbedding", bool normalize = false)
    {
        ArgumentNullException.ThrowIfNull(view);
        var rows = new ScoredRows(nameof(CreateEmbeddingIndex), view);
        var (id, embedding) = (rows.Name(idColumnName), rows.Numbers(embeddingColumnName));
        var gathered = new EmbeddingRows(normalize);
        rows.ForEach(() =>
        {
            if (gathered.FindProblem(id(), embedding()) is { } problem) throw rows.Error(problem);
            gathered.Add(id(), embedding());
        });
        return EmbeddingIndex.Of(gathered);
    }
}
