using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Joint;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>One of three classes about a text and an image.</summary>
internal abstract class Judging<TRow> : NamedToolTask<TRow, VisualEntailmentTransformer>
    where TRow : class, new()
{
    protected override int NameCount => Classes.Count;

    /// <summary>The classes, in the order of the classifier's outputs.</summary>
    protected abstract IReadOnlyList<string> Classes { get; }

    /// <summary>The reference's rate.</summary>
    protected virtual double LearningRate => new VisualEntailmentOptions().LearningRate;

    public override bool Owns(ITransformer part) => part is VisualEntailmentTransformer own && own.Classes.SequenceEqual(Classes);

    public override TrainerOptions CreateTrainerOptions(ParseResult parsed, IReadOnlyList<TRow> data, IReadOnlyList<TRow> training) =>
        new VisualEntailmentOptions { Classes = Classes, LearningRate = LearningRate };

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.VisualEntailment((VisualEntailmentOptions)options);

    protected override IReadOnlyList<string> NamesOf(VisualEntailmentTransformer transformer) => transformer.Classes;

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary) =>
        Loading(() => context.VisionLanguage().LoadVisualEntailment(
            path, model, Classes, stateDictionary, taskNumber: TaskNumberOf(parsed), quantize: parsed.GetValue(Int8)));
}

/// <summary><c>snli-ve</c>: visual entailment, with SNLI-VE's files.</summary>
internal sealed class Entailment : Judging<EntailmentExample>
{
    public override string Name => "snli-ve";

    public override string Purpose => "tells whether an image entails a text, contradicts it or neither";

    public override string RowsName => "pairs";

    public override IReadOnlyList<Declaration> Declarations { get; } =
        [new("VisualEntailment", "VL-tri-classifier", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "snli_ve_{split}.jsonl")];

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(EntailmentExample.Hypothesis))];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--text", "One text to judge.", "TEXT");

    protected override IReadOnlyList<string> Classes { get; } = new VisualEntailmentOptions().Classes;

    protected override string Format => "SNLI's JSON lines with Flickr30K_ID (.jsonl or .jsonl.gz)";

    protected override string IdColumn => nameof(EntailmentExample.PairId);

    /// <summary>Models of other classes are of this task unless another says that they are its own.</summary>
    public override bool Owns(ITransformer part) => part is VisualEntailmentTransformer own && !own.Classes.SequenceEqual(GuessWhatQuestions.Answers);

    public override RowFacts Facts(EntailmentExample row) => new($"pair {row.PairId}", row.Hypothesis, row.ImagePath, row.ImageId);

    public override EntailmentExample CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Hypothesis = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    protected override string IdOf(EntailmentExample row) => row.PairId;

    protected override string LabelOf(EntailmentExample row) => row.Label;

    protected override DatasetRows<EntailmentExample> Load(string path, string? images, DatasetOptions options) =>
        SnliVeDataset.Load(path, images, options);
}

/// <summary><c>guesswhat</c>: the answers to GuessWhat's questions. As in the reference the question is all that the model is told.</summary>
internal sealed class GuessWhatQuestions : Judging<GuessWhatExample>
{
    /// <summary>The reference's order.</summary>
    public static IReadOnlyList<string> Answers { get; } = ["yes", "no", "n/a"];

    public override string Name => "guesswhat";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("GuessWhat", "VL-tri-classifier", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "guesswhat.{split}.jsonl.gz")];

    public override string Purpose => "answers a question of a guessing game with yes, no or n/a";

    public override string RowsName => "questions";

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(GuessWhatExample.Question))];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--question", "One question to answer.", "TEXT");

    public override int? UsualTaskNumber => 14;

    protected override double LearningRate => 4e-5;

    protected override IReadOnlyList<string> Classes => Answers;

    protected override string NameTitle => "answer";

    protected override string Format => "GuessWhat's JSON lines, such as guesswhat.train.jsonl.gz";

    protected override string IdColumn => nameof(GuessWhatExample.QuestionId);

    public override RowFacts Facts(GuessWhatExample row) => new($"question {row.QuestionId}", row.Question, row.ImagePath, row.ImageId);

    public override GuessWhatExample CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Question = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    protected override string IdOf(GuessWhatExample row) => row.QuestionId;

    protected override string LabelOf(GuessWhatExample row) => row.Label;

    protected override DatasetRows<GuessWhatExample> Load(string path, string? images, DatasetOptions options) =>
        GuessWhatDataset.LoadQuestions(path, images, options);
}
