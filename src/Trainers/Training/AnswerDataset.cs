using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// The rows of a data view, read once: texts and labels in memory, regions in a <see cref="RegionStore"/>. Bad rows are reported with
/// their position before anything is trained.
/// </summary>
internal sealed class AnswerDataset : IDisposable
{
    private readonly VisualQuestionAnsweringOptions _options;
    private readonly RegionStore _store;
    private readonly InputColumns _inputs;
    private readonly Dictionary<string, int> _answerIds = new(StringComparer.Ordinal);
    private readonly IncrementalHash _content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public AnswerDataset(VisualQuestionAnsweringOptions options, string temporaryFolder)
    {
        _options = options;
        _inputs = InputColumns(options);
        _store = new RegionStore(options.Model.RegionFeatureSize, temporaryFolder);
    }

    /// <summary>All answers seen so far; a row's answers are numbers of this list.</summary>
    public List<string> AnswerTexts { get; } = [];

    /// <summary>Throws, naming the column, when a view cannot be trained on.</summary>
    public static void CheckSchema(DataViewSchema schema, VisualQuestionAnsweringOptions options)
    {
        InputColumns(options).Check(schema);
        Label(schema, options);
        if (options.AnswerScoresColumnName is { } scores) ColumnRequirement.Vector<float>(Component, scores).Check(schema);
    }

    /// <summary>The columns a model with these options reads, label aside.</summary>
    private static InputColumns InputColumns(VisualQuestionAnsweringOptions options) => options.ToSettings([]).Inputs(Component);

    /// <summary>Reads every row of a view.</summary>
    /// <param name="view">The rows.</param>
    /// <param name="what">What to call the view in messages: "training data".</param>
    /// <exception cref="InvalidDataException">A row is bad; the message has its position.</exception>
    public IReadOnlyList<AnswerRow> Read(IDataView view, string what)
    {
        var rows = new List<AnswerRow>();
        var schema = view.Schema;
        var answerColumn = Label(schema, _options);
        var columns = _inputs.Columns.Select(column => schema[column.Name]).ToList();
        var scoreColumn = _options.AnswerScoresColumnName is { } name ? schema[name] : (DataViewSchema.Column?)null;
        DataViewSchema.Column[] labels = scoreColumn is { } added ? [answerColumn, added] : [answerColumn];
        using var cursor = view.GetRowCursor([.. columns, .. labels]);
        var window = new RowWindow(cursor, columns, capacity: 1);
        var values = new SlotRow([.. columns.Select(column => window[column.Index]!)]);
        var answers = AnswerGetter(cursor, answerColumn);
        var scores = scoreColumn is { } scored ? cursor.GetGetter<VBuffer<float>>(scored) : null;
        VBuffer<float> scoreBuffer = default;
        while (cursor.MoveNext())
        {
            window.Read(0);
            var rowAnswers = answers();
            var rowScores = Enumerable.Repeat(1f, rowAnswers.Length).ToArray();
            if (scores is not null)
            {
                scores(ref scoreBuffer);
                rowScores = [.. scoreBuffer.DenseValues()];
            }

            if ((_inputs.Find(values) ?? Wrong(rowAnswers, rowScores)) is { } wrong)
                throw new InvalidDataException($"{Component}: row {rows.Count} of the {what}: {wrong}");
            var texts = _inputs.Groups[0].Columns.Count;
            var block = _store.Add(Regions(texts), Regions(texts + 1), Regions(texts + 2));
            var row = new AnswerRow(
                [.. Enumerable.Range(0, texts).Select(i => ValueChecks.Dense(values.Get<long>(i)).ToArray())], block,
                [.. rowAnswers.Select(IdOf)], rowScores);
            Hash(row);
            rows.Add(row);
        }

        return rows.Count > 0 ? rows : throw new InvalidDataException($"{Component}: the {what} has no rows.");

        ReadOnlySpan<float> Regions(int column) => ValueChecks.Dense(values.Get<float>(column));
    }

    /// <summary>The answers (empty ones aside) that occur in at least so many rows, most frequent first, then by text.</summary>
    public string[] Vocabulary(IReadOnlyList<AnswerRow> rows, int minimumCount)
    {
        var counts = new int[AnswerTexts.Count];
        foreach (var answer in rows.SelectMany(row => row.Answers.Distinct())) counts[answer]++;
        return
        [
            .. Enumerable.Range(0, counts.Length).Where(i => counts[i] >= minimumCount && AnswerTexts[i].Length > 0)
                .OrderByDescending(i => counts[i]).ThenBy(i => AnswerTexts[i], StringComparer.Ordinal).Select(i => AnswerTexts[i]),
        ];
    }

    /// <summary>From a row's answer number to its place in the given list, or -1.</summary>
    public int[] IndexIn(IReadOnlyList<string> answers)
    {
        var places = answers.Select((answer, i) => (answer, i)).ToDictionary(pair => pair.answer, pair => pair.i, StringComparer.Ordinal);
        return [.. AnswerTexts.Select(text => places.GetValueOrDefault(text, -1))];
    }

    /// <summary>Splits rows so that no region block (image) is on both sides; which blocks are held out depends on the seed alone.</summary>
    public (IReadOnlyList<AnswerRow> Training, IReadOnlyList<AnswerRow> Validation) SplitByImage(
        IReadOnlyList<AnswerRow> rows, double fraction, int seed)
    {
        var blocks = rows.Select(row => row.Block).Distinct().ToArray();
        new Random(Seeds.Mix(seed, -1)).Shuffle(blocks);
        var held = blocks.Take((int)Math.Round(blocks.Length * fraction)).ToHashSet();
        return ([.. rows.Where(row => !held.Contains(row.Block))], [.. rows.Where(row => held.Contains(row.Block))]);
    }

    public AnswerBatch Collate(IReadOnlyList<AnswerRow> rows, int[] answerIndex, int answers) =>
        AnswerBatch.Collate(_inputs, rows, _store, answerIndex, answers);

    /// <summary>A digest of everything read so far.</summary>
    public string Digest() => Convert.ToHexString(_content.GetCurrentHash()) + _store.Digest;

    public void Dispose()
    {
        _store.Dispose();
        _content.Dispose();
    }

    private static DataViewSchema.Column Label(DataViewSchema schema, VisualQuestionAnsweringOptions options)
    {
        if (schema.GetColumnOrNull(options.AnswersColumnName) is { Type: TextDataViewType } single) return single;
        ColumnRequirement.Vector<ReadOnlyMemory<char>>(Component, options.AnswersColumnName).Check(schema);
        return schema[options.AnswersColumnName];
    }

    private static Func<string[]> AnswerGetter(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            var single = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> text = default;
            return () =>
            {
                single(ref text);
                return [text.ToString()];
            };
        }

        var several = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> texts = default;
        return () =>
        {
            several(ref texts);
            return [.. texts.DenseValues().Select(text => text.ToString())];
        };
    }

    private int IdOf(string answer)
    {
        if (_answerIds.TryGetValue(answer, out var id)) return id;
        _answerIds.Add(answer, AnswerTexts.Count);
        AnswerTexts.Add(answer);
        _content.AppendData(System.Text.Encoding.UTF8.GetBytes(answer + "\n"));
        return AnswerTexts.Count - 1;
    }

    private void Hash(AnswerRow row)
    {
        _content.AppendData(MemoryMarshal.AsBytes<int>([row.Text[0].Length, row.Block, row.Answers.Length, .. row.Answers]));
        foreach (var values in row.Text) _content.AppendData(MemoryMarshal.AsBytes<long>(values));
        _content.AppendData(MemoryMarshal.AsBytes<float>(row.Scores));
    }

    private string? Wrong(string[] answers, float[] scores)
    {
        if (scores.Length != answers.Length)
        {
            return $"column '{_options.AnswerScoresColumnName}' has {scores.Length} scores "
                + $"for the {answers.Length} answers of column '{_options.AnswersColumnName}'.";
        }

        var bad = Array.FindIndex(scores, score => !(score is >= 0 and <= 1));
        return bad < 0 ? null : $"column '{_options.AnswerScoresColumnName}': score {bad} is {scores[bad]}; numbers from 0 to 1 are expected.";
    }

    private const string Component = nameof(VisualQuestionAnsweringTrainer);
}
