using Microsoft.ML;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// Scores every text of a view with every image of another. Texts are read and computed as far as they go alone, block by block, into a temporary
/// file; then images, and each block of these meets all texts. In memory are a block of each, and the scores.
/// </summary>
/// <param name="parts">The model's parts; owned from now on.</param>
/// <param name="batchSize">How many pairs are scored at once, and how many texts or images are computed together.</param>
/// <param name="rowId">The column by which messages name rows.</param>
/// <param name="warn">Takes warnings about texts that were cut.</param>
internal sealed class PairScorer(PairParts parts, int batchSize, string? rowId, Action<string> warn) : IDisposable
{
    /// <summary>Of so many blocks of texts those of like length go together.</summary>
    private const int BlocksAhead = 32;

    /// <summary>For each text the score of every image.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="images">The images.</param>
    /// <param name="isWanted">Which pairs are scored, by the rows of text and image; null for all, others have the score 0.</param>
    /// <param name="pairs">Pairs at once; 0 takes what the scorer was made for.</param>
    /// <param name="progress">Is told how many pairs are scored.</param>
    /// <param name="cancellation">Stops the work.</param>
    public float[][] Score(
        IDataView texts, IDataView images, Func<(int Text, int Image), bool>? isWanted, int pairs, IProgress<long>? progress,
        CancellationToken cancellation)
    {
        parts.Texts.Inputs.Check(texts.Schema);
        parts.Images.Inputs.Check(images.Schema);
        var size = pairs > 0 ? pairs : batchSize;
        var cuts = new CutTexts();
        using var aside = new PairBlockFile();
        var count = 0;
        foreach (var block in PairBlock.Read(parts.Texts, texts, "texts", rowId, size, BlocksAhead, cuts))
        {
            cancellation.ThrowIfCancellationRequested();
            aside.Add(block);
            count += block.Rows.Length;
        }

        if (cuts.Take() is { } text) warn(text);
        var columns = new List<float[]>();
        var done = 0L;
        foreach (var block in PairBlock.Read(parts.Images, images, "images", rowId, size, ahead: 1, cuts))
        {
            while (columns.Count <= block.Rows.Max()) columns.Add(new float[count]);
            foreach (var others in aside.Read())
            {
                foreach (var met in Pairs(others.Rows.Length, block.Rows.Length).Where(IsWanted).Chunk(size))
                {
                    cancellation.ThrowIfCancellationRequested();
                    var scores = parts.Score(
                        others.Values, block.Values, Array.ConvertAll(met, pair => (long)pair.Text), Array.ConvertAll(met, pair => (long)pair.Image));
                    for (var i = 0; i < met.Length; i++) columns[block.Rows[met[i].Image]][others.Rows[met[i].Text]] = scores[i];
                    progress?.Report(done += met.Length);
                }

                bool IsWanted((int Text, int Image) pair) => isWanted is null || isWanted((others.Rows[pair.Text], block.Rows[pair.Image]));
            }
        }

        return [.. Enumerable.Range(0, count).Select(row => columns.Select(column => column[row]).ToArray())];

        static IEnumerable<(int Text, int Image)> Pairs(int texts, int images) =>
            Enumerable.Range(0, texts).SelectMany(t => Enumerable.Range(0, images).Select(i => (t, i)));
    }

    public void Dispose() => parts.Dispose();
}
