using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Data;

/// <summary>A row's answers.</summary>
/// <param name="Answers">Their numbers among all that were read.</param>
/// <param name="Scores">The soft score of each.</param>
internal sealed record AnswerLabel(int[] Answers, float[] Scores);

/// <summary>Reads the answers of a row and their scores.</summary>
internal sealed class AnswerLabels(string component, string answersColumn, string? scoresColumn) : TrainingLabels<AnswerLabel>
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>The place of each of <see cref="Texts"/> among those that are told apart; negative for none.</summary>
    private int[] _places = [];

    /// <summary>All answers seen so far; a row's answers are numbers of this list.</summary>
    public List<string> Texts { get; } = [];

    public override IReadOnlyList<DataViewSchema.Column> Columns(DataViewSchema schema)
    {
        var label = LabelTexts.Find(component, schema, answersColumn);
        return LabelTexts.FindScores(component, schema, label, scoresColumn) is { } scores ? [label, scores] : [label];
    }

    public override Func<AnswerLabel> Reader(DataViewRow row)
    {
        var label = row.Schema[answersColumn];
        var answers = LabelTexts.Reader(row, label);
        var scores = LabelTexts.FindScores(component, row.Schema, label, scoresColumn) is { } column
            ? row.GetGetter<VBuffer<float>>(column)
            : null;
        VBuffer<float> buffer = default;
        return () =>
        {
            int[] found = [.. answers().Select(IdOf)];
            if (scores is null) return new(found, [.. found.Select(_ => 1f)]);
            scores(ref buffer);
            return new(found, [.. buffer.DenseValues()]);
        };
    }

    public override string? Problem(AnswerLabel label)
    {
        if (label.Scores.Length != label.Answers.Length)
            return $"column '{scoresColumn}' has {label.Scores.Length} scores for the {label.Answers.Length} answers of column '{answersColumn}'.";
        var bad = Array.FindIndex(label.Scores, score => !(score is >= 0 and <= 1));
        return bad < 0 ? null : $"column '{scoresColumn}': score {bad} is {label.Scores[bad]}; numbers from 0 to 1 are expected.";
    }

    public override void AddTo(IncrementalHash digest, AnswerLabel label)
    {
        digest.AppendData(Encoding.UTF8.GetBytes(string.Concat(label.Answers.Select(answer => Texts[answer] + "\n")) + "\n"));
        digest.AppendData(MemoryMarshal.AsBytes<float>(label.Scores));
    }

    /// <summary>The answers (empty ones aside) that occur in at least so many rows, most frequent first, then by text.</summary>
    public string[] Vocabulary(IEnumerable<AnswerLabel> labels, int minimumCount)
    {
        var counts = new int[Texts.Count];
        foreach (var answer in labels.SelectMany(label => label.Answers.Distinct())) counts[answer]++;
        return
        [
            .. Enumerable.Range(0, counts.Length).Where(i => counts[i] >= minimumCount && Texts[i].Length > 0)
                .OrderByDescending(i => counts[i]).ThenBy(i => Texts[i], StringComparer.Ordinal).Select(i => Texts[i]),
        ];
    }

    /// <summary>Says which of the answers that were read a model tells apart.</summary>
    /// <param name="answers">All that it tells apart.</param>
    public void TellApart(IReadOnlyList<string> answers)
    {
        var places = answers.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        TellApart(text => places.GetValueOrDefault(text, -1));
    }

    /// <summary>The same.</summary>
    /// <param name="placeOf">The place of an answer among those; negative for none.</param>
    public void TellApart(Func<string, int> placeOf) => _places = [.. Texts.Select(placeOf)];

    /// <summary>Those of a row's answers that are told apart, by their places, with what they are worth.</summary>
    public IEnumerable<(int Place, float Score)> Known(AnswerLabel label) =>
        label.Answers.Zip(label.Scores, (answer, score) => (Place: _places[answer], Score: score)).Where(pair => pair.Place >= 0);

    /// <summary>What every answer that is told apart is worth to each row, [rows, answers].</summary>
    public PaddedColumn<float> Targets(IReadOnlyList<AnswerLabel> labels, int answers)
    {
        var targets = new PaddedColumn<float>(0, labels.Count, answers);
        for (var i = 0; i < labels.Count; i++)
            foreach (var (place, score) in Known(labels[i])) targets.Row(i)[place] = score;
        return targets;
    }

    /// <summary>The place of the answer that is worth most to all rows together, and that worth.</summary>
    public (int Place, double Sum) Best(IEnumerable<AnswerLabel> labels, int answers)
    {
        var sums = new double[answers];
        foreach (var (place, score) in labels.SelectMany(Known)) sums[place] += score;
        var best = Array.IndexOf(sums, sums.Max());
        return (best, sums[best]);
    }

    /// <summary>An answer that was read and is not told apart; null when there is none.</summary>
    public string? FirstUnknown() => Texts.Where((_, i) => _places[i] < 0).FirstOrDefault();

    private int IdOf(string answer)
    {
        if (_ids.TryGetValue(answer, out var id)) return id;
        _ids.Add(answer, Texts.Count);
        Texts.Add(answer);
        return Texts.Count - 1;
    }
}
