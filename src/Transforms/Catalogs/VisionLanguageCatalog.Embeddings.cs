using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;
using MLNet.VisionLanguage.Tasks.Retrieval;

namespace MLNet.VisionLanguage;

/// <content>Search among embeddings.</content>
public sealed partial class VisionLanguageCatalog
{
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
