using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Joint;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary><c>snli-ve</c>: visual entailment, with SNLI-VE's files.</summary>
internal sealed class Entailment : NamedToolTask<EntailmentExample, VisualEntailmentTransformer>
{
    public override string Name => "snli-ve";

    public override string Purpose => "tells whether an image entails a text, contradicts it or neither";

    public override string RowsName => "pairs";

    public override IReadOnlyList<Declaration> Declarations { get; } =
        [new("VisualEntailment", "VL-tri-classifier", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "snli_ve_{split}.jsonl")];

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(EntailmentExample.Hypothesis))];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--text", "One text to judge.", "TEXT");

    protected override int NameCount => 3;

    protected override string Format => "SNLI's JSON lines with Flickr30K_ID (.jsonl or .jsonl.gz)";

    protected override string IdColumn => nameof(EntailmentExample.PairId);

    public override RowFacts Facts(EntailmentExample row) => new($"pair {row.PairId}", row.Hypothesis, row.ImagePath, row.ImageId);

    public override EntailmentExample CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Hypothesis = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    public override TrainerOptions CreateTrainerOptions(
        ParseResult parsed, IReadOnlyList<EntailmentExample> data, IReadOnlyList<EntailmentExample> training) => new VisualEntailmentOptions();

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.VisualEntailment((VisualEntailmentOptions)options);

    protected override string IdOf(EntailmentExample row) => row.PairId;

    protected override string LabelOf(EntailmentExample row) => row.Label;

    protected override DatasetRows<EntailmentExample> Load(string path, string? images, DatasetOptions options) =>
        SnliVeDataset.Load(path, images, options);

    protected override IReadOnlyList<string> NamesOf(VisualEntailmentTransformer transformer) => transformer.Classes;

    protected override (VisualEntailmentTransformer Transformer, ParameterMatch Match) LoadCheckpoint(
        MLContext context, string path, VisionLanguageModel model, string? stateDictionary)
    {
        var (transformer, match) = context.VisionLanguage().LoadVisualEntailment(path, model, stateDictionary: stateDictionary);
        return (transformer, match);
    }
}
