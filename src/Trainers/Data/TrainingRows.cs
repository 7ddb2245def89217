using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Data;

/// <summary>
/// The rows of data views, read once: labels in memory, texts in a file and regions in a <see cref="RegionStore"/>, so that memory does not
/// hold what a long data set has. Bad rows are reported with their position before anything is trained.
/// </summary>
internal sealed class TrainingRows<TLabel> : IDisposable
{
    private readonly InputColumns _inputs;
    private readonly TrainingLabels<TLabel> _labels;
    private readonly RegionStore _store;
    private readonly SpillFile _texts;
    private readonly (InputGroup Group, int First, int Text, int? Image)[] _places;
    private readonly int _textColumns;
    private readonly string? _rowIdColumn;
    private readonly Action<string> _warn;
    private readonly IncrementalHash _content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="inputs">The texts and images of a row.</param>
    /// <param name="labels">What else is read.</param>
    /// <param name="temporaryFolder">Where regions lie meanwhile.</param>
    /// <param name="rowIdColumn">The column by which messages name rows, when the data has it.</param>
    /// <param name="warn">Takes warnings about the rows.</param>
    public TrainingRows(
        InputColumns inputs, TrainingLabels<TLabel> labels, string temporaryFolder, string? rowIdColumn = null, Action<string>? warn = null)
    {
        (_inputs, _labels, _rowIdColumn) = (inputs, labels, rowIdColumn);
        _warn = warn ?? (_ => { });
        var features = inputs.Groups.FirstOrDefault(group => StandardColumns.AreOfImage(group.Kind))?.Columns[0];
        _store = new RegionStore(features?.Width ?? 0, temporaryFolder);
        _texts = new SpillFile(temporaryFolder, "texts");
        _places = [.. Places(inputs)];
        _textColumns = _places.Where(place => place.Image is null).Sum(place => place.Group.Columns.Count);
    }

    /// <summary>Reads every row of a view.</summary>
    /// <param name="view">The rows.</param>
    /// <param name="what">What to call the view in messages: "training data".</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">A row is bad; the message has its position.</exception>
    public IReadOnlyList<TrainingRow<TLabel>> Read(IDataView view, string what)
    {
        var cuts = new CutTexts();
        var rows = ReadAll(view, what, cuts);
        _texts.Flush();
        if (cuts.Take() is { } text) _warn($"In the {what}: {text}");
        return rows.Count > 0 ? rows : throw new InvalidDataException($"{_inputs.Component}: the {what} has no rows.");
    }

    private List<TrainingRow<TLabel>> ReadAll(IDataView view, string what, CutTexts cuts)
    {
        var rows = new List<TrainingRow<TLabel>>();
        var schema = view.Schema;
        var columns = _inputs.Columns.Select(column => schema[column.Name]).ToList();
        var ids = RowName.Find(schema, _rowIdColumn);
        var held = ids is { } id ? columns.Append(id).DistinctBy(column => column.Index).ToList() : columns;
        using var cursor = view.GetRowCursor([.. held, .. _labels.Columns(schema)]);
        var window = new RowWindow(cursor, held, capacity: 1);
        var values = new SlotRow([.. columns.Select(column => window[column.Index]!)]);
        var label = _labels.Reader(cursor);
        while (cursor.MoveNext())
        {
            window.Read(0);
            var found = label();
            if ((_inputs.Find(values) ?? _labels.Problem(found)) is { } wrong)
                throw new InvalidDataException($"{_inputs.Component}: {RowName.Of(rows.Count, window, 0, ids)} of the {what}: {wrong}");
            _inputs.CountCut(values, cuts);
            rows.Add(Keep(values, found));
        }

        return rows;
    }

    /// <summary>
    /// Splits rows so that no image is on both sides, also where rows share one of several images; what is held out depends on the seed
    /// alone.
    /// </summary>
    public (IReadOnlyList<TrainingRow<TLabel>> Training, IReadOnlyList<TrainingRow<TLabel>> Held) SplitByImage(
        IReadOnlyList<TrainingRow<TLabel>> rows, double fraction, int seed)
    {
        var parents = Enumerable.Range(0, _store.Count).ToArray();
        foreach (var row in rows)
        {
            using var content = Content(row);
            foreach (var block in content.Blocks) parents[Root((int)block)] = Root((int)content.Blocks[0]);
        }

        var images = rows.Select(Image).Distinct().ToArray();
        new Random(Seeds.Mix(seed, -1)).Shuffle(images);
        var held = images.Take((int)Math.Round(images.Length * fraction)).ToHashSet();
        var split = rows.ToLookup(row => held.Contains(Image(row)));
        return ([.. split[false]], [.. split[true]]);

        int Image(TrainingRow<TLabel> row)
        {
            using var content = Content(row);
            return Root((int)content.Blocks[0]);
        }

        int Root(int block)
        {
            while (parents[block] != block) block = parents[block] = parents[parents[block]];
            return block;
        }
    }

    /// <summary>
    /// Parts rows into the short and the long ones, so that less is filled up, and so that both parts have about as much to compute.
    /// </summary>
    public (TrainingRow<TLabel>[] Short, TrainingRow<TLabel>[] Long) Halves(IReadOnlyList<TrainingRow<TLabel>> rows)
    {
        var sorted = rows.Select(row => (Row: row, Length: Length(row))).OrderBy(pair => pair.Length).ToList();
        var longest = sorted[^1].Length;
        var first = Enumerable.Range(1, rows.Count - 1)
            .MinBy(count => Math.Max((long)count * sorted[count - 1].Length, (long)(rows.Count - count) * longest));
        return ([.. sorted.Take(first).Select(pair => pair.Row)], [.. sorted.Skip(first).Select(pair => pair.Row)]);
    }

    /// <summary>The tokens and regions of a row together.</summary>
    public int Length(TrainingRow<TLabel> row)
    {
        using var content = Content(row);
        return _places.Sum(place => Items(content, place));
    }

    /// <summary>Puts rows side by side, each filled up to the longest.</summary>
    public ColumnBatch Collate(IReadOnlyList<TrainingRow<TLabel>> rows)
    {
        RowContent[] read = [.. rows.Select(Content)];
        var batch = new ColumnBatch(_inputs, rows.Count, [.. _places.Select(place => read.Max(row => Items(row, place)))]);
        for (var i = 0; i < read.Length; i++)
        {
            foreach (var (group, first, text, image) in _places)
            {
                if (image is { } number && group.Columns.Count == 1)
                    _store.Read((int)read[i].Blocks[number], batch.Row<float>(first, i), [], []);
                else if (image is not null)
                    _store.Read((int)read[i].Blocks[image.Value], batch.Row<float>(first, i), batch.Row<float>(first + 1, i), batch.Row<float>(first + 2, i));
                else
                    for (var k = 0; k < group.Columns.Count; k++) read[i].Text(text + k).CopyTo(batch.Row<long>(first + k, i));
            }
        }

        foreach (var content in read) content.Dispose();
        return batch;
    }

    /// <summary>A row's texts and the numbers of its images. Safe to call from several threads.</summary>
    public RowContent Content(TrainingRow<TLabel> row)
    {
        var own = Read(row.Place);
        return new(row.TextPlace == row.Place ? own : Read(row.TextPlace), own, _textColumns);
    }

    /// <summary>The mean of an image's region features, zeros without a region; safe to call from several threads.</summary>
    /// <param name="block">The image's number.</param>
    public float[] MeanRegion(int block) => _store.Mean(block);

    /// <summary>A row of another image and with other words; null where so many draws meet none.</summary>
    /// <param name="row">The row it is to differ from.</param>
    /// <param name="all">The rows to draw from.</param>
    /// <param name="random">The draws.</param>
    /// <param name="tries">How many.</param>
    public TrainingRow<TLabel>? FindOther(
        TrainingRow<TLabel> row, IReadOnlyList<TrainingRow<TLabel>> all, Random random, int tries)
    {
        using var own = Content(row);
        for (var i = 0; i < tries; i++)
        {
            var other = all[random.Next(all.Count)];
            using var found = Content(other);
            if (found.Blocks[0] != own.Blocks[0] && !found.Text(0).SequenceEqual(own.Text(0))) return other;
        }

        return null;
    }

    /// <summary>What <see cref="FindOther"/> finds, where there must be one.</summary>
    /// <exception cref="InvalidDataException">So many draws met none.</exception>
    public TrainingRow<TLabel> Other(
        string component, TrainingRow<TLabel> row, IReadOnlyList<TrainingRow<TLabel>> all, Random random, int tries) =>
        FindOther(row, all, random, tries) ?? throw new InvalidDataException(
            $"{component}: {tries} draws from {all.Count} rows met none that has both another image and another text; to learn what belongs "
            + "together, rows must differ in both.");

    /// <summary>A digest of everything read so far.</summary>
    public string Digest() => Convert.ToHexString(_content.GetCurrentHash()) + _store.Digest;

    public void Dispose()
    {
        _store.Dispose();
        _texts.Dispose();
        _content.Dispose();
    }

    private long[] Read(long place)
    {
        Span<long> count = [0];
        place = _texts.Read(place, count);
        var values = ArrayPool<long>.Shared.Rent((int)count[0]);
        _texts.Read(place, values.AsSpan(0, (int)count[0]));
        return values;
    }

    /// <summary>Each group with the place of its first column among all, among those of texts, and its number among images.</summary>
    private static IEnumerable<(InputGroup Group, int First, int Text, int? Image)> Places(InputColumns inputs)
    {
        int first = 0, text = 0, image = 0;
        foreach (var group in inputs.Groups)
        {
            var isImage = StandardColumns.AreOfImage(group.Kind);
            yield return (group, first, text, isImage ? image : null);
            first += group.Columns.Count;
            if (isImage) image++;
            else text += group.Columns.Count;
        }
    }

    private int Items(RowContent row, (InputGroup Group, int First, int Text, int? Image) place) => place.Image is { } image
        ? _store.Regions((int)row.Blocks[image])
        : row.Text(place.Text + place.Group.Kind.Leader).Length;

    private TrainingRow<TLabel> Keep(SlotRow values, TLabel label)
    {
        var texts = new List<long[]>();
        var blocks = new List<int>();
        foreach (var (group, first, _, image) in _places)
        {
            if (image is not null && group.Columns.Count == 1)
                blocks.Add(_store.Add(Dense<float>(values, first), [], []));
            else if (image is not null)
                blocks.Add(_store.Add(Dense<float>(values, first), Dense<float>(values, first + 1), Dense<float>(values, first + 2)));
            else
                foreach (var column in ((InputGroup<long>)group).Read(values, first)) texts.Add(ValueChecks.Dense(column).ToArray());
        }

        foreach (var text in texts)
        {
            _content.AppendData(MemoryMarshal.AsBytes<int>([text.Length]));
            _content.AppendData(MemoryMarshal.AsBytes<long>(text));
        }

        _content.AppendData(MemoryMarshal.AsBytes<int>([.. blocks]));
        _labels.AddTo(_content, label);
        long[][] lists = [.. texts, [.. blocks.Select(block => (long)block)]];
        long[] numbers = [.. lists.SelectMany(list => list.Prepend(list.Length))];
        var place = _texts.End;
        _texts.Append<long>([numbers.Length, .. numbers]);
        return new(place, label);
    }

    private static ReadOnlySpan<T> Dense<T>(SlotRow values, int column) => ValueChecks.Dense(values.Get<T>(column));
}
