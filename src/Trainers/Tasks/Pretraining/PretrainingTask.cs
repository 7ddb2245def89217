using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tasks.Matching;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Pretraining;

/// <summary>
/// Pre-training as the training run sees it: for every batch captions are exchanged and words and regions hidden, anew and by the batch's own
/// draws, and the model's reference says what that costs.
/// </summary>
/// <param name="options">The options.</param>
/// <param name="settings">Those of the model that is trained.</param>
/// <param name="network">How the model is pre-trained.</param>
/// <param name="detector">The detector's columns that are read.</param>
/// <param name="maskToken">The word number of [MASK].</param>
internal sealed class PretrainingTask(
    PretrainingOptions options, MatchingSettings settings, PretrainingNetwork network, IReadOnlyList<DetectorColumn> detector, int maskToken)
    : TrainingTask<PretrainingLabel>, IDisposable
{
    private const string Component = nameof(PretrainingTrainer);

    /// <summary>How often another row is looked for that has another image and another caption.</summary>
    private const int Tries = 10;

    private readonly PretrainingLabels _labels = new(
        Component, options.RegionBoxesColumnName, detector,
        options.AnswersColumnName is { } answers ? new(Component, answers, options.AnswerScoresColumnName) : null);

    private TextCorpus? _texts;

    /// <summary>What the rows train.</summary>
    public MatchingSettings Settings => settings;

    public override InputColumns Inputs { get; } = settings.Inputs(Component);

    public override TrainingLabels<PretrainingLabel> Labels => _labels;

    /// <summary>A text model's weights are where the references begin.</summary>
    public override bool MayStartInPart => true;

    public override void Settle(IReadOnlyList<TrainingRow<PretrainingLabel>> training, IChannel channel)
    {
        if (options.Texts is { } texts)
        {
            var columns = new InputColumns(Component, StandardColumns.TextsAndImages(options.Columns, options.Model.Limits, [""], []));
            var length = Math.Min(options.TextLength, options.Model.MaxTokens);
            _texts = new(columns, texts, length, options.RowIdColumnName, text => channel.Warning(MessageSensitivity.None, "{0}", text));
        }

        if (_labels.Answers is not { } answers) return;
        answers.TellApart(network.FindAnswer);
        if (training.Any(row => answers.Known(row.Label.Answer!).Any())) return;
        throw new InvalidDataException(
            $"{Component}: no training row has an answer in column '{options.AnswersColumnName}' that is one of the {options.Answers!.Count} of "
            + $"{nameof(options.Answers)}{(answers.FirstUnknown() is { } example ? $"; one that is not is '{example}'" : "")}.");
    }

    public override IReadOnlyList<ModelParameter> Parameters() => MatchingHead.PretrainingParameters(settings.Model);

    public override IEnumerable<(string Name, object? Value)> Identity() =>
        [("detector", _labels.Digest), ("MaskToken", maskToken), ("texts", _texts?.Digest)];

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<PretrainingLabel>> rows) =>
        throw new NotSupportedException("What captions teach is drawn with their words.");

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<PretrainingLabel>> training) => null;

    public override IReadOnlyList<TrainingRow<PretrainingLabel>> Draw(
        TrainingRows<PretrainingLabel> data, IReadOnlyList<TrainingRow<PretrainingLabel>> rows, IReadOnlyList<TrainingRow<PretrainingLabel>> all,
        Random random)
    {
        if (!options.ReplacesCaptions) return rows;
        var masks = new PretrainingMasks(new MaskingDraws(random, settings.Model.VocabularySize));
        return
        [
            .. rows.Select(row => masks.ReplacesCaption() && data.FindOther(row, all, random, Tries) is { } other
                ? row with { TextPlace = other.Place }
                : row),
        ];
    }

    public override PaddedColumn[] Prepare(ColumnBatch batch, IReadOnlyList<TrainingRow<PretrainingLabel>> rows, Random random)
    {
        int ids = Inputs.Place(StandardColumns.InputIds), features = Inputs.Place(StandardColumns.RegionFeatures);
        int boxes = Inputs.Place(StandardColumns.RegionBoxes), width = settings.Model.RegionFeatureSize;
        var targets = new CaptionTargets(
            rows.Count, batch[ids].Shape[1], batch[boxes].Shape[1], network.PredictsFeatures ? width : 0, detector,
            _texts is null ? 0 : options.TextBatchSize ?? options.BatchSize, _texts?.Length ?? 0);
        var masks = new PretrainingMasks(new MaskingDraws(random, settings.Model.VocabularySize));
        int[] counts = [.. Enumerable.Range(0, rows.Count).Select(i => Regions(batch.Row<float>(boxes, i)))];
        var untouched = network.PredictsFeatures ? targets.Features : null;
        if (untouched is not null) for (var i = 0; i < rows.Count; i++) batch.Row<float>(features, i).CopyTo(untouched.Row(i));
        targets.Seed.Values.Span[0] = random.Next();
        for (var i = 0; i < rows.Count; i++)
        {
            var isReplaced = rows[i].TextPlace != rows[i].Place;
            targets.Replaced.Values.Span[i] = isReplaced ? 1 : 0;
            masks.HideWords(batch.Row<long>(ids, i), batch.Row<long>(Inputs.Place(StandardColumns.AttentionMask), i), maskToken, targets.Words.Row(i));
            var seen = batch.Row<float>(features, i)[..(counts[i] * width)];
            var hidden = network.Hide(masks, seen, batch.Row<float>(boxes, i)[..(counts[i] * 4)], Another);
            hidden.Features.CopyTo(seen);
            hidden.Labels.CopyTo(targets.Regions.Row(i));
            for (var k = 0; k < counts[i]; k++) targets.Hidden.Row(i)[k] = hidden.Hidden[k] ? 1 : 0;
            targets.Divisors.Values.Span[i] = hidden.MeanDivisor;
            if (rows[i].Label.Block >= 0) targets.Fill(i, _labels.Read(rows[i].Label.Block));
            if (rows[i].Label.Answer is { } answer && !isReplaced) targets.Answers.Values.Span[i] = DrawAnswer(answer, random);
            if (!options.PredictsPairsOnly) continue;
            OfPairs(targets.Words.Row(i));
            OfPairs(targets.Regions.Row(i));

            void OfPairs(Span<long> labels) => PretrainingMasks.OfPairsOnly(labels.ToArray(), isReplaced).CopyTo(labels);
        }

        for (var i = 0; i < targets.Texts.Shape[0]; i++)
        {
            var (seen, hidden) = masks.MaskWords(_texts!.Draw(random), maskToken);
            for (var k = 0; k < seen.Length; k++) targets.Texts.Row(i)[k] = seen[k];
            hidden.CopyTo(targets.TextWords.Row(i));
        }

        return targets.Columns;

        float[] Another()
        {
            var row = random.Next(rows.Count);
            return untouched!.Row(row).Slice(random.Next(counts[row]) * width, width).ToArray();
        }
    }

    public override IEnumerable<BatchResult> Forward(TorchEngine engine, TrainingBatch batch)
    {
        var targets = CaptionTargets.ToTensors(batch.Targets, detector, engine.Device);
        var inputs = batch.Inputs(engine.Device);
        var outcome = network.Run(engine, inputs, targets);
        yield return new(outcome.Loss, Score(outcome, targets.Words, batch.Rows), batch.Rows);
    }

    public void Dispose()
    {
        _labels.Dispose();
        _texts?.Dispose();
    }

    public override string ToString() => detector.Count == 0
        ? "pre-training without the detector's columns"
        : $"pre-training with {string.Join(", ", detector.Select(column => column.Name))}";

    /// <summary>The share of hidden words that are told right, averaged with that of pairs where these are learnt; times the rows.</summary>
    private Tensor Score(PretrainingOutcome outcome, Tensor labels, int rows)
    {
        using var gradients = no_grad();
        var length = Math.Min(labels.shape[1], outcome.Words.shape[1]);
        labels = labels.slice(1, 0, length, 1);
        var asked = Scalars.With(MaskedTokens.None, labels.ne).reshape(-1).nonzero().squeeze(1);
        var right = 0.0;
        if (asked.shape[0] > 0)
        {
            var logits = outcome.Words.detach().slice(1, 0, length, 1).reshape(-1, outcome.Words.shape[2]).index_select(0, asked);
            right = logits.argmax(1).eq(labels.reshape(-1).index_select(0, asked)).sum().ToInt64() / (double)asked.shape[0];
        }

        if (options.ReplacesCaptions) right = (right + (ChoiceObjective.Score(outcome.Matches.detach(), outcome.Classes).ToDouble() / rows)) / 2;
        return torch.tensor(right * rows);
    }

    /// <summary>One of the answers that are told apart, by their scores; -1 where there is none.</summary>
    private long DrawAnswer(AnswerLabel label, Random random)
    {
        var known = _labels.Answers!.Known(label).Where(answer => answer.Score > 0).ToList();
        var left = random.NextDouble() * known.Sum(answer => answer.Score);
        foreach (var (place, score) in known)
        {
            left -= score;
            if (left < 0) return place;
        }

        return known is [.., var last] ? last.Place : MaskedTokens.None;
    }

    /// <summary>How many boxes there are before the padding.</summary>
    private static int Regions(ReadOnlySpan<float> boxes)
    {
        var count = 0;
        while (count < boxes.Length / 4 && boxes[4 * count] > Layers.RegionColumns.PaddingBelow) count++;
        return count;
    }
}
