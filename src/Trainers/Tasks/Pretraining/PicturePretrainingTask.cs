using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tasks.Matching;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Pretraining;

/// <summary>
/// Pre-training of a model that takes the image whole (coarse_grained/fiber/modules/objectives.py): hidden words are predicted, images and texts told
/// from each other by embeddings, then pairs from pairs that the embeddings find alike. Each is a forward pass of its own, one after the other, so
/// that only one is in memory.
/// </summary>
/// <param name="options">The options.</param>
/// <param name="settings">Those of the model that is trained.</param>
/// <param name="maskToken">The word number of the token that stands for a hidden word.</param>
internal sealed class PicturePretrainingTask(PretrainingOptions options, MatchingSettings settings, int maskToken) : TrainingTask<bool>
{
    private const string Component = nameof(PretrainingTrainer);

    /// <summary>How often another row is looked for that has another image and another caption.</summary>
    private const int Tries = 100;

    private readonly ContrastMemory _memory = new(
        settings.Model.EmbeddingSize, options.SkipsContrast ? 0 : options.QueueSize ?? settings.Model.QueueLength, options.QueueStartsFull);

    private TrainingRows<bool>? _data;

    /// <summary>What the rows train.</summary>
    public MatchingSettings Settings => settings;

    public override InputColumns Inputs { get; } = settings.Inputs(Component);

    public override TrainingLabels<bool> Labels { get; } = new NoLabels();

    /// <summary>The towers' own weights are where the reference begins.</summary>
    public override bool MayStartInPart => true;

    private int Objectives => 1 + (options.SkipsContrast ? 0 : 1) + (options.ReplacesCaptions ? 1 : 0);

    /// <summary>Whether pairs are told from such as chance makes, as there are no embeddings to choose by.</summary>
    private bool TakesOthers => options.ReplacesCaptions && options.SkipsContrast;

    public override void Settle(IReadOnlyList<TrainingRow<bool>> training, IChannel channel)
    {
    }

    public override IReadOnlyList<ModelParameter> Parameters() => MatchingHead.PretrainingParameters(settings.Model);

    public override IEnumerable<(string Name, object? Value)> Identity() => [("MaskToken", maskToken)];

    public override IReadOnlyDictionary<string, Tensor> Remember(Device device, int seed) => _memory.Begin(device, seed);

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<bool>> rows) =>
        throw new NotSupportedException("What captions teach is drawn with their words.");

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<bool>> training) => null;

    /// <summary>The rows; where pairs are told from others by chance, after them for each a row of another image.</summary>
    public override IReadOnlyList<TrainingRow<bool>> Draw(
        TrainingRows<bool> data, IReadOnlyList<TrainingRow<bool>> rows, IReadOnlyList<TrainingRow<bool>> all, Random random)
    {
        _data = data;
        return TakesOthers ? [.. rows, .. rows.Select(row => data.Other(Component, row, all, random, Tries))] : rows;
    }

    public override PaddedColumn[] Prepare(ColumnBatch batch, IReadOnlyList<TrainingRow<bool>> rows, Random random)
    {
        var count = TakesOthers ? rows.Count / 2 : rows.Count;
        int ids = Inputs.Place(StandardColumns.InputIds), attention = Inputs.Place(StandardColumns.AttentionMask);
        var masks = new PretrainingMasks(new MaskingDraws(random, settings.Model.VocabularySize));
        var seen = new PaddedColumn<long>(settings.Model.PaddingWord, count, batch[ids].Shape[1]);
        var words = new PaddedColumn<long>(MaskedTokens.None, count, batch[ids].Shape[1]);
        for (var i = 0; i < count; i++)
        {
            batch.Row<long>(ids, i).CopyTo(seen.Row(i));
            masks.HideWords(seen.Row(i), batch.Row<long>(attention, i), maskToken, words.Row(i));
        }

        var pairs = new PaddedColumn<long>(0, count);
        if (TakesOthers) MatchObjective.DrawLabels(count, random).CopyTo(pairs.Values.Span);
        var seed = new PaddedColumn<long>(0, 1);
        seed.Values.Span[0] = random.Next();
        return [seen, words, pairs, seed, .. RowIdentities<bool>.Of(_data!, [.. rows.Take(count)])];
    }

    public override IEnumerable<BatchResult> Forward(TorchEngine engine, TrainingBatch batch)
    {
        Tensor[] targets = [.. batch.Targets.Select(target => TrainingBatch.ToTensor(target, engine.Device))];
        var all = batch.Inputs(engine.Device);
        int rows = (int)targets[0].shape[0], parts = Objectives;
        var inputs = TakesOthers ? Rows(all, 0, rows) : all;
        var model = settings.Model;

        var logits = PicturePretraining.Words(engine, model, inputs with { InputIds = targets[0] });
        yield return new(MaskedTokens.LossOrZero(logits, targets[1]), Part(RightWords(logits, targets[1], rows)), rows);

        if (TakesOthers)
        {
            var pixels = MatchObjective.Images(inputs.Pixels!, Rows(all, rows, 2 * rows).Pixels!, targets[2]);
            yield return Match(inputs with { Pixels = pixels }, targets[2]);
        }

        if (options.SkipsContrast) yield break;
        var states = model.Encode(engine, inputs);
        var compared = new ComparedRows(targets[4], targets[5], targets[6], targets[7]);
        var similarities = _memory.Compare(states.PooledImage!, states.PooledText!, compared, model.Temperature(engine), engine.Training);
        using var random = new Generator((ulong)((PaddedColumn<long>)batch.Targets[3]).Values.Span[0]);
        var others = options.ReplacesCaptions ? _memory.DrawNegatives(similarities, compared, random, engine.Training) : default;
        if (engine.Training) _memory.Add(states.PooledImage!, states.PooledText!, compared);
        yield return new(ContrastObjective.Loss(similarities), Part(similarities.Right()), rows) { IsFurther = true };

        if (!options.ReplacesCaptions) yield break;
        var (pairs, labels) = WithNegatives(engine, inputs, others);
        yield return Match(pairs, labels);

        BatchResult Match(ModelInputs<Tensor> of, Tensor labels)
        {
            var matches = PicturePretraining.Match(engine, model, of);
            var right = matches.detach().argmax(1).eq(labels).to_type(ScalarType.Float32).mean();
            return new(MatchObjective.Loss(matches, labels), Part(Scalars.With((long)rows, right.mul)), rows) { IsFurther = true };
        }

        Tensor Part(Tensor right) => Scalars.With(1.0 / parts, right.mul);
    }

    public override string ToString() =>
        "pre-training with words" + (options.SkipsContrast ? "" : ", embeddings") + (options.ReplacesCaptions ? ", pairs" : "");

    /// <summary>Every pair, each image with a text, and each text with an image that is not its own; these are read where they lie.</summary>
    private (ModelInputs<Tensor> Pairs, Tensor Labels) WithNegatives(
        TorchEngine engine, ModelInputs<Tensor> inputs, (long[] Images, long[] Texts) others)
    {
        IReadOnlyList<TrainingRow<bool>> rows =
            [.. others.Images.Zip(others.Texts, (image, text) => new TrainingRow<bool>(image, true) { TextPlace = text })];
        using var read = new TrainingBatch(Inputs, _data!.Collate(rows));
        var other = read.Inputs(engine.Device);
        var length = Math.Max(inputs.InputIds.shape[1], other.InputIds.shape[1]);
        Tensor Long(Tensor values, long padding) => length == values.shape[1]
            ? values
            : torch.cat([values, torch.full([values.shape[0], length - values.shape[1]], padding, dtype: values.dtype, device: values.device)], 1);
        Tensor Ids(ModelInputs<Tensor> of) => Long(of.InputIds, settings.Model.PaddingWord);
        Tensor Masks(ModelInputs<Tensor> of) => Long(of.AttentionMask, 0);
        var pairs = MatchObjective.WithNegatives(Ids(inputs), Masks(inputs), inputs.Pixels!, Ids(other), Masks(other), other.Pixels!);
        return (inputs with { InputIds = pairs.Ids, AttentionMask = pairs.Masks, TokenTypeIds = torch.zeros_like(pairs.Ids), Pixels = pairs.Pixels },
            pairs.Labels);
    }

    /// <summary>The share of hidden words that are told right, times the rows.</summary>
    private static Tensor RightWords(Tensor logits, Tensor labels, int rows)
    {
        using var untracked = no_grad();
        return Scalars.With((long)rows, CaptionObjective.RightShare(logits.detach(), labels).nan_to_num().mul);
    }

    private static ModelInputs<Tensor> Rows(ModelInputs<Tensor> inputs, long first, long end)
    {
        Tensor Of(Tensor values) => values.slice(0, first, end, 1);
        return inputs with
        {
            InputIds = Of(inputs.InputIds),
            AttentionMask = Of(inputs.AttentionMask),
            TokenTypeIds = Of(inputs.TokenTypeIds),
            Pixels = Of(inputs.Pixels!),
        };
    }
}
