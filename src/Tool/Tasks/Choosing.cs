using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Joint;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>Which of four texts suits an image, with VCR's files.</summary>
internal abstract class Choosing : NamedToolTask<VcrExample, MultipleChoiceTransformer>
{
    private const int Count = 4;

    /// <summary>What the names of columns of tags end with.</summary>
    private const string Tags = "Tags";

    private const string TagsColumn = "RegionTags";

    private readonly Option<string[]> _choices = Options.Several<string>("--choices", $"The {Count} texts to choose from.", "TEXT");
    private readonly Option<float[]> _boxes = Options.Boxes(
        "For a model that was trained with --metadata: the boxes of the image's objects, four numbers each: pixels x1 y1 x2 y2.");

    private readonly Option<string?> _metadata = Options.Optional<string?>(
        "--metadata",
        "The folder of VCR's metadata files, mostly that of the images: the boxes of an image's objects are the model's regions then, in the place of "
            + "a grid's cells or, of --features, each with the feature of the region that overlaps it most.",
        "FOLDER");

    private readonly Option<string?> _joiningWord = Options.Optional<string?>(
        "--joining-word", "What stands between objects that are named together: 'and' in VL-BERT's reference; without, nothing.", "WORD");

    private readonly Option<bool> _tags = Options.Optional<bool>(
        "--object-tags", "Tell VL-BERT which of the objects each word names; the regions must be these objects (--metadata).");

    public override string RowsName => "questions";

    public override IEnumerable<Option> TrainOptions => [_tags];

    public override IEnumerable<Option> ConvertOptions => [_tags];

    public override IEnumerable<Option> ScoreOptions => [_choices, _boxes];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "{split}.jsonl")];

    public override IReadOnlyList<TextSource> Texts => [.. Enumerable.Range(0, Count).Select(i => new TextSource(FirstColumn, ChoiceColumn + i, $"{i}"))];

    protected override int NameCount => Count;

    protected override string NameTitle => "choice";

    protected override string Format => "VCR's JSON lines, such as train.jsonl (or .jsonl.gz)";

    protected override string IdColumn => nameof(VcrExample.QuestionId);

    protected override IReadOnlyList<Option> FurtherData => [_metadata, _joiningWord];

    /// <summary>The column of the text before each choice.</summary>
    protected abstract string FirstColumn { get; }

    /// <summary>The columns of the choices, without their numbers.</summary>
    protected abstract string ChoiceColumn { get; }

    /// <summary>The column of the right choice.</summary>
    protected abstract string LabelColumn { get; }

    /// <summary>The text before each choice.</summary>
    protected abstract string First(VcrExample row);

    protected abstract IReadOnlyList<string> Choices(VcrExample row);

    /// <summary>A row of these texts.</summary>
    protected abstract VcrExample Create(string first, IReadOnlyList<string> choices);

    public override RowFacts Facts(VcrExample row) => new(
        $"question {row.QuestionId}", [.. Choices(row).Select(choice => new TextFacts(First(row), choice))], [new(row.ImagePath, row.ImageId)]);

    public override VcrExample CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images)
    {
        var choices = parsed.GetValue(_choices)!;
        if (choices.Length != Count) throw new UsageException($"--choices: {Count} texts are needed, found {choices.Length}.");
        var row = Create(text, choices);
        (row.ImagePath, row.ImageId, row.ObjectBoxes) = (images[0].Path, images[0].Id, Options.BoxesOf(parsed, _boxes));
        return row;
    }

    public override void CheckTrain(ParseResult parsed)
    {
        if (parsed.GetValue(_tags) && parsed.GetValue(_metadata) is null)
            throw new UsageException($"{_tags.Name} needs {_metadata.Name}: words name objects, which are the model's regions then.");
    }

    /// <summary>Rows know the boxes of objects where the metadata was read.</summary>
    public override RowSources SourcesOf(IReadOnlyList<VcrExample> rows, TrainerOptions? trainer) => Read(
        HasBoxes(rows), trainer is MultipleChoiceOptions { RegionTagsColumnName: not null });

    public override RowSources ConvertedSources(ParseResult parsed) => Read(hasBoxes: false, parsed.GetValue(_tags));

    public override IEnumerable<AnsweredQuestion> Predict(
        ModelFile model, IReadOnlyList<VcrExample> rows, IReadOnlyList<string> featureFiles, int top, IMeter? meter, CancellationToken cancellation) =>
        HasBoxes(rows) || !model.Parts.Any(part => part is ExtractGridFeaturesTransformer { BoxesColumnName: not null }
            or TokenizeTextTransformer { TagsColumnName: not null })
            ? base.Predict(model, rows, featureFiles, top, meter, cancellation)
            : throw new UsageException($"The model's regions are an image's objects: {_metadata.Name} is needed, or {_boxes.Name} of a single one.");

    public override TrainerOptions CreateTrainerOptions(ParseResult parsed, IReadOnlyList<VcrExample> data, IReadOnlyList<VcrExample> training) =>
        new MultipleChoiceOptions { LabelColumnName = LabelColumn, RegionTagsColumnName = parsed.GetValue(_tags) ? TagsColumn : null };

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.MultipleChoice((MultipleChoiceOptions)options);

    protected override string IdOf(VcrExample row) => row.QuestionId;

    protected override DatasetRows<VcrExample> Load(ParseResult parsed, string path, string? images, DatasetOptions options) =>
        VcrDataset.Load(path, images, parsed.GetValue(_metadata), options, parsed.GetValue(_joiningWord));

    protected override DatasetRows<VcrExample> Load(string path, string? images, DatasetOptions options) =>
        VcrDataset.Load(path, images, metadataFolder: null, options);

    protected override IReadOnlyList<string> NamesOf(MultipleChoiceTransformer transformer) => transformer.Choices;

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary) =>
        Loading(() => context.VisionLanguage().LoadMultipleChoice(
            path, model, stateDictionary: stateDictionary, regionTagsColumnName: parsed.GetValue(_tags) ? TagsColumn : null,
            taskNumber: TaskNumberOf(parsed), quantize: parsed.GetValue(Int8)));

    /// <summary>The tags of a text that names no objects.</summary>
    protected static long[] Untagged(string text) => new long[text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length];

    private static bool HasBoxes(IReadOnlyList<VcrExample> rows) => rows is [{ ObjectBoxes.Length: > 0 }, ..];

    private RowSources Read(bool hasBoxes, bool isTagged) => new(
        isTagged ? [.. Texts.Select(text => text with { TagsColumn = text.Column + Tags, PairTagsColumn = text.PairColumn + Tags })] : Texts,
        hasBoxes ? [new() { BoxesColumn = nameof(VcrExample.ObjectBoxes), ChoosesBoxes = true }] : Images);
}
