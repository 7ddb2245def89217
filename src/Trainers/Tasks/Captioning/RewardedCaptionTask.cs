using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Captioning;

/// <summary>
/// Captions by the CIDEr-D of what the model itself writes. In training captions are drawn word by word; the score is their mean CIDEr-D, that of
/// validation rows the likeliest words'.
/// </summary>
/// <param name="settings">The settings of its model.</param>
/// <param name="options">What is rewarded, and how much.</param>
internal sealed class RewardedCaptionTask(CaptionSettings settings, ImageCaptioningOptions options) : CaptionTask(settings)
{
    /// <summary>What the reference multiplies CIDEr-D with where it compares with 1.</summary>
    private const double ReferenceScale = 100;

    private readonly Lock _reading = new();
    private readonly CaptionWriter _writer = settings.Words.ToText();
    private IReadOnlyList<TrainingRow<bool>> _training = [];
    private CaptionReferences? _references;

    public override void Settle(IReadOnlyList<TrainingRow<bool>> training, IChannel channel) => _training = training;

    /// <summary>The rows as they are; what a row's label tells is then whether it is one to train on.</summary>
    public override IReadOnlyList<TrainingRow<bool>> Draw(
        TrainingRows<bool> data, IReadOnlyList<TrainingRow<bool>> rows, IReadOnlyList<TrainingRow<bool>> all, Random random)
    {
        var trains = ReferenceEquals(all, _training);
        lock (_reading)
        {
            _references ??= new(data, _training, _writer.Of);
            if (!trains) _references.Hold(all);
        }

        return [.. rows.Select(row => row with { Label = trains })];
    }

    /// <summary>The numbers of the rows' images.</summary>
    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<bool>> rows)
    {
        var images = new PaddedColumn<long>(0, rows.Count);
        for (var i = 0; i < rows.Count; i++) images.Values.Span[i] = _references!.ImageOf(rows[i], isHeld: !rows[i].Label);
        return [images];
    }

    protected override BatchResult Measure(TorchEngine engine, TrainingBatch batch, CaptionBatch words)
    {
        var likelihood = base.Measure(engine, batch, words);
        var references = ((PaddedColumn<long>)batch.Targets[0]).Values.ToArray().Select(_references!.Of).ToArray();
        if (!engine.Training) return likelihood with { Score = Sum(Greedy()) };
        var (means, tokens) = Sampler().Write(engine, words.Inputs.Pixels!, options.Samples, isGreedy: false);
        var rewards = Rewards(tokens, options.Samples);
        var loss = CaptionObjective.RewardLoss(means, Advantages(rewards), options.Samples);
        return new(
            Scalars.Add(
                Scalars.With(1 - options.CiderWeight, likelihood.Loss.mul),
                Scalars.With(options.CiderWeight, loss.mul)),
            Sum(rewards.Chunk(options.Samples).Select(own => own.Average())), batch.Rows);

        float[] Advantages(double[] own) => options.Baseline switch
        {
            CaptionBaseline.OtherSamples => CaptionObjective.OverOthers(own, options.Samples),
            CaptionBaseline.One => [.. own.Select(reward => (float)(ReferenceScale * (reward - 1)))],
            _ => [.. own.Zip(Greedy().SelectMany(likeliest => Enumerable.Repeat(likeliest, options.Samples)), (one, likeliest) => (float)(one - likeliest))],
        };

        double[] Greedy()
        {
            using var untracked = no_grad();
            return Rewards(Sampler().Write(engine, words.Inputs.Pixels!, samples: 1, isGreedy: true).Tokens, samples: 1);
        }

        double[] Rewards(long[][] captions, int samples) => [.. captions.Select((caption, i) => references[i / samples].Score(_writer.Of(caption)))];

        static Tensor Sum(IEnumerable<double> scores) => torch.tensor((float)scores.Sum());
    }

    private CaptionSampler Sampler() => new(Settings.Model, ((CaptionHead)Network.Head).Search, Settings.Words.ToVocabulary().Count);

    public override string ToString() => $"each token of a caption, and CIDEr-D of {options.Samples} captions an image";
}
