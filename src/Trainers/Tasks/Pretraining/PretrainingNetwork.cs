using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Pretraining;

/// <summary>What a batch gave.</summary>
/// <param name="Loss">The sum of the reference's losses.</param>
/// <param name="Words">Word logits, [B, L, vocabulary]; may end before the longest text.</param>
/// <param name="Matches">Logits of whether text and image belong together, [B, 2].</param>
/// <param name="Classes">The right one of these, Int64 [B].</param>
internal sealed record PretrainingOutcome(Tensor Loss, Tensor Words, Tensor Matches, Tensor Classes);

/// <summary>How a model is pre-trained: what its reference hides, predicts and takes for losses.</summary>
internal abstract class PretrainingNetwork
{
    /// <summary>The network for a model.</summary>
    public static PretrainingNetwork Of(VisionLanguageModel model, PretrainingOptions options, RegionTarget target) => model switch
    {
        ViLbertConfig vilbert => new ViLbertPretraining(vilbert, options, target),
        LxmertConfig lxmert => new LxmertPretraining(lxmert, options),
        VlBertConfig vlbert => new VlBertCaptions(vlbert, options),
        _ => throw new NotSupportedException($"{model.Title} has no pre-training."),
    };

    /// <summary>What the detector's columns may be.</summary>
    public abstract IReadOnlyList<DetectorPart> Parts { get; }

    /// <summary>The largest number that a part may have.</summary>
    public virtual float Most(DetectorPart part) => 1;

    /// <summary>Whether features are predicted, and so kept as they were.</summary>
    public virtual bool PredictsFeatures => false;

    /// <summary>The place of an answer among those that are told apart; -1 for none.</summary>
    public virtual int FindAnswer(string answer) => -1;

    /// <summary>Hides regions.</summary>
    /// <param name="masks">The draws.</param>
    /// <param name="features">The features, one after the other.</param>
    /// <param name="boxes">The boxes, pixels.</param>
    /// <param name="another">Gives the feature of any region of the batch.</param>
    public virtual MaskedRegions Hide(PretrainingMasks masks, ReadOnlySpan<float> features, ReadOnlySpan<float> boxes, Func<float[]> another) =>
        masks.MaskRegions(features, boxes);

    /// <summary>Predictions and losses of a batch.</summary>
    public abstract PretrainingOutcome Run(TorchEngine engine, ModelInputs<Tensor> inputs, PretrainingTensors targets);

    private protected static Tensor Weighted(double weight, Tensor loss) => weight == 1 ? loss : Scalars.With(weight, loss.mul);

    private sealed class ViLbertPretraining(ViLbertConfig model, PretrainingOptions options, RegionTarget target) : PretrainingNetwork
    {
        public override IReadOnlyList<DetectorPart> Parts => target == RegionTarget.Classes ? [DetectorPart.Classes] : [];

        public override bool PredictsFeatures => target != RegionTarget.Classes;

        public override PretrainingOutcome Run(TorchEngine engine, ModelInputs<Tensor> inputs, PretrainingTensors targets)
        {
            var logits = model.Pretrain(engine, inputs, targets.Divisors);
            long images = targets.Regions.shape[0], regions = targets.Regions.shape[1];

            // One image, or one region, has nothing to be told from: then no region is predicted.
            var canContrast = images > 1 && regions > 1;
            var (kind, labels) = target == RegionTarget.Contrast && !canContrast
                ? (RegionTarget.Features, torch.full_like(targets.Regions, MaskedTokens.None))
                : (target, targets.Regions);
            var losses = PretrainingLosses.Of(
                logits,
                new(targets.Words, PredictsFeatures ? targets.Features : targets.Detector[DetectorPart.Classes], labels, targets.Replaced),
                kind,
                kind == RegionTarget.Contrast ? Negatives(images, regions, targets.Seed, engine.Device) : null);
            var alignment = options.ReplacesCaptions ? losses.Alignment : Scalars.With(0.0, losses.Alignment.mul);
            var loss = (losses with { Alignment = alignment }).Total(options.RegionLossWeight);
            return new(loss, logits.Tokens, logits.Alignment, targets.Replaced);
        }

        private ContrastiveNegatives Negatives(long images, long regions, int seed, Device device)
        {
            using var random = new Generator((ulong)seed);
            var drawn = ContrastiveNegatives.Draw(images, regions, options.NegativeRegions, CPU, random);
            return new(drawn.Images.to(device), drawn.Regions.to(device), drawn.OwnRegions.to(device));
        }
    }

    private sealed class LxmertPretraining(LxmertConfig model, PretrainingOptions options) : PretrainingNetwork
    {
        private readonly LxmertAnswerTable _table = new(options.Answers ?? []);

        public override IReadOnlyList<DetectorPart> Parts =>
            [DetectorPart.Objects, DetectorPart.ObjectConfidences, DetectorPart.Attributes, DetectorPart.AttributeConfidences];

        public override bool PredictsFeatures => true;

        public override float Most(DetectorPart part) => part switch
        {
            DetectorPart.Objects => model.ObjectClasses - 1,
            DetectorPart.Attributes => model.AttributeClasses - 1,
            _ => 1,
        };

        public override int FindAnswer(string answer) => _table.Find(answer) ?? -1;

        public override MaskedRegions Hide(
            PretrainingMasks masks, ReadOnlySpan<float> features, ReadOnlySpan<float> boxes, Func<float[]> another) =>
            masks.MaskFeatures(features, boxes.Length / 4, another);

        public override PretrainingOutcome Run(TorchEngine engine, ModelInputs<Tensor> inputs, PretrainingTensors targets)
        {
            var predictions = model.Pretrain(engine, inputs);
            var detector = targets.Detector;
            Tensor? Of(DetectorPart part) => detector.GetValueOrDefault(part);

            // The mean over no answers is no number.
            var isAnswered = predictions.Answers is not null && Scalars.With(MaskedTokens.None, targets.Answers.ne).any().ToBoolean();
            var losses = LxmertPretrainingObjective.Losses(predictions, new(
                targets.Words, targets.Pairs, Of(DetectorPart.Objects), Of(DetectorPart.ObjectConfidences), Of(DetectorPart.Attributes),
                Of(DetectorPart.AttributeConfidences), targets.Features, targets.IsPredicted,
                isAnswered ? targets.Answers : null));

            // Words and pairs come first, then whatever is said of regions, then answers.
            var pairs = options.ReplacesCaptions ? losses[1] : Scalars.With(0.0, losses[1].mul);
            var regions = isAnswered ? losses[2..^1] : losses[2..];
            var loss = regions.Aggregate(Scalars.Add(losses[0], pairs), (sum, one) => Scalars.Add(sum, Weighted(options.RegionLossWeight, one)));
            if (isAnswered) loss = Scalars.Add(loss, losses[^1]);
            return new(loss, predictions.Tokens, predictions.Matches, targets.Pairs);
        }
    }

    private sealed class VlBertCaptions(VlBertConfig model, PretrainingOptions options) : PretrainingNetwork
    {
        public override IReadOnlyList<DetectorPart> Parts => [DetectorPart.Classes];

        public override PretrainingOutcome Run(TorchEngine engine, ModelInputs<Tensor> inputs, PretrainingTensors targets)
        {
            // What is validated is captions.
            var texts = engine.Training ? targets.Texts : null;
            var predictions = model.Pretrain(
                engine, inputs, targets.Hidden,
                texts is var (ids, _) ? new(ids, torch.zeros_like(ids), torch.ones_like(ids, ScalarType.Float32)) : null);

            // The whole image is never asked for; nor is any object of which no classes are known.
            var classes = targets.Detector.TryGetValue(DetectorPart.Classes, out var known)
                ? known.mul(targets.IsPredicted.unsqueeze(2))
                : torch.zeros([.. targets.Regions.shape, model.RegionClasses], device: engine.Device);
            var wanted = torch.cat([torch.zeros([classes.shape[0], 1, classes.shape[2]], device: engine.Device), classes], 1);
            var losses = VlBertPretrainingObjective.Losses(
                predictions, new(options.ReplacesCaptions ? targets.Pairs : null, targets.Words, wanted, texts?.Words), rowsFirst: false);
            var loss = (losses with { Regions = Weighted(options.RegionLossWeight, losses.Regions) }).Sum();
            return new(loss, OfCaptions(predictions.Tokens), OfCaptions(predictions.Matches!), targets.Pairs);

            Tensor OfCaptions(Tensor rows) => rows.slice(0, 0, targets.Words.shape[0], 1);
        }
    }
}
