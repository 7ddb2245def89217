using System.Security.Cryptography;
using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Data;

/// <summary>
/// Texts that have no image, which pre-training reads beside captions: from any sentence on, the words of as many as make a text of a fixed
/// length (VL-BERT's pretrain/data/datasets/general_corpus.py). Sentences lie in a temporary file.
/// </summary>
internal sealed class TextCorpus : IDisposable
{
    private readonly TrainingRows<int> _data;
    private readonly string _folder;
    private readonly IReadOnlyList<TrainingRow<int>> _sentences;

    /// <param name="inputs">The columns of a text.</param>
    /// <param name="view">The texts.</param>
    /// <param name="length">Words of every text that is drawn.</param>
    /// <param name="rowIdColumn">The column that names rows in messages; null for none.</param>
    /// <param name="warn">Takes warnings about them.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">A row is bad, or there is no word in all of them.</exception>
    public TextCorpus(InputColumns inputs, IDataView view, int length, string? rowIdColumn, Action<string> warn)
    {
        inputs.Check(view.Schema);
        Length = length;
        _folder = TemporaryFiles.NewFolder("sentences");
        _data = new(inputs, new NoLabels(), _folder, rowIdColumn, warn);
        try
        {
            // A sentence without words would never fill a text.
            _sentences = [.. _data.Read(view, "texts").Where(row => Words(row).Count > 0)];
            if (_sentences.Count == 0) throw new InvalidDataException($"{inputs.Component}: the texts have no words.");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Words of every text.</summary>
    public int Length { get; }

    /// <summary>A digest of all sentences.</summary>
    public string Digest => _data.Digest();

    /// <summary>Some text, of <see cref="Length"/> words without special tokens; after the last sentence comes the first.</summary>
    public int[] Draw(Random random)
    {
        var words = new List<int>();
        for (var i = random.Next(_sentences.Count); words.Count < Length; i = (i + 1) % _sentences.Count) words.AddRange(Words(_sentences[i]));
        return [.. words.Take(Length)];
    }

    public void Dispose()
    {
        _data.Dispose();
        TemporaryFiles.Remove(_folder);
    }

    private List<int> Words(TrainingRow<int> row)
    {
        using var content = _data.Content(row);
        var ids = content.Text(0);
        var words = new List<int>();
        foreach (var place in PretrainingMasks.WordPlaces(ids, ids.Length)) words.Add((int)ids[place]);
        return words;
    }

    private sealed class NoLabels : TrainingLabels<int>
    {
        public override IReadOnlyList<DataViewSchema.Column> Columns(DataViewSchema schema) => [];

        public override Func<int> Reader(DataViewRow row) => () => 0;

        public override string? Problem(int label) => null;

        public override void AddTo(IncrementalHash digest, int label)
        {
        }
    }
}
