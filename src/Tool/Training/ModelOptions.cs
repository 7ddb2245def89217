using System.CommandLine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>The options that say which model is trained, where it starts and what it sees; the same for one task and for several.</summary>
internal sealed class ModelOptions
{
    private const string Tiny = "tiny";
    private const string Base = "base";

    private readonly Option<string> _model = Options.Default(
        "--model",
        "The architecture: tiny (learns from nothing in minutes), base (the published size, to be fine-tuned) or a configuration file.",
        Tiny,
        "tiny|base|JSON");

    private readonly Option<string?> _kind = Options.Kind("Whose tiny or base model, or whose configuration file, --model is");
    private readonly Option<string?> _init = Options.Optional<string?>(
        "--init",
        "Where to start: a checkpoint, a folder of the transformers library, which brings configuration and vocabulary, or a model file, which brings "
        + "its grids as well.",
        "FILE");
    private readonly Option<string?> _dictionary =
        Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");

    private readonly VocabularyOptions _vocabulary = new("the words of the texts");
    private readonly Option<bool> _cased = Options.Optional<bool>("--cased", "Keep upper case and accents; must fit the vocabulary.");
    private readonly Option<bool> _truncate = Options.Truncate();
    private readonly Option<bool> _strict = Options.Strict();
    private readonly Option<int> _grid = Options.Default("--grid", "Cells along each side of an image.", 4, "N");
    private readonly Option<int> _coarseGrid = Options.Default("--coarse-grid", "The same of a second, coarser grid; 0 for none.", 1, "N");
    private readonly Option<int> _cellSize = Options.Default("--cell-size", "Pixels along each side of a cell.", 16, "N");

    /// <summary>The model file to start from; null for none.</summary>
    private InitialModel? _initial;

    public IEnumerable<Option> All =>
        [_model, _kind, _init, _dictionary, .. _vocabulary.All, _cased, _truncate, _strict, _grid, _coarseGrid, _cellSize];

    /// <exception cref="UsageException">Options need or exclude each other.</exception>
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    public void Check(ParseResult parsed)
    {
        if (parsed.GetValue(_init) is { } init)
        {
            CheckpointFiles.Existing(_init.Name, init);
            _initial = Directory.Exists(init) ? null : InitialModel.Open(init);
            if (_initial is not null) CheckInitial(parsed, init);
            else if (parsed.GetValue(_vocabulary.File) is null && !Directory.Exists(init))
                throw new UsageException("--init needs --vocabulary: the checkpoint knows the words by their numbers in its vocabulary.");
        }

        _vocabulary.Check(parsed);
        Options.Cuts(parsed, _strict, _truncate);
    }

    /// <summary>That of the model file or folder to start from, the vocabulary's file, or the words of texts.</summary>
    public TextVocabulary Vocabulary(ParseResult parsed, IEnumerable<string> texts) => _initial?.Vocabulary
        ?? ((parsed.GetValue(_vocabulary.File) ?? Folder(parsed)) is { } file
            ? _vocabulary.Load(parsed, file)
            : TakesWholeImages(parsed) ? BytePairVocabulary.Build(texts) : BertVocabulary.Build(texts, uncased: IsUncased(parsed)));

    /// <summary>FIBER, whose texts are byte pairs.</summary>
    private bool TakesWholeImages(ParseResult parsed) => ModelKinds.Find(KindOf(parsed)).ImageSide > 0;

    private string KindOf(ParseResult parsed) =>
        CheckpointFiles.Kind(parsed.GetValue(_kind), parsed.GetValue(_init), parsed.GetValue(_dictionary));

    /// <summary>The cells an image is cut into.</summary>
    /// <exception cref="ArgumentException">There cannot be such cells.</exception>
    public GridFeatureOptions Grid(ParseResult parsed, bool isUsed)
    {
        var looks = _initial is { Grid: not null } or { Model.ImageSide: > 0 };
        if (_initial is not null && isUsed != looks)
        {
            throw new UsageException(!looks
                ? "--init: the model is given region features; --features is needed, and not --images."
                : "--init: the model looks at images itself; --images is needed, and not --features.");
        }

        if (_initial?.Grid is { } known) return known;
        var coarse = parsed.GetValue(_coarseGrid);
        var grid = new GridFeatureOptions
        {
            Grid = parsed.GetValue(_grid),
            CoarseGrid = coarse == 0 ? null : coarse,
            CellSize = parsed.GetValue(_cellSize),
            Centered = true,
        };

        // Before its size makes a model that cannot be.
        if (isUsed) GridFeatureSettings.Create("Image", grid);
        return grid;
    }

    /// <summary>Values of a region: of the first feature file, or of a cell.</summary>
    public static int FeatureSize(IReadOnlyList<string> featureFiles, GridFeatureOptions grid)
    {
        if (featureFiles.Count == 0) return grid.FeatureSize;
        using var reader = RegionFeatureReader.Open(featureFiles[0]);
        return reader.FeatureSize ?? reader.Read(reader.ImageIds[0]).FeatureSize;
    }

    /// <summary>Sets the model, the checkpoint and, for a tiny model, what such a one learns well with.</summary>
    public void Apply(ParseResult parsed, TrainerOptions trainer, TextVocabulary vocabulary, int featureSize)
    {
        trainer.Model = Choose(parsed, vocabulary, featureSize);
        trainer.InitialWeights = _initial?.Weights ?? parsed.GetValue(_init);
        trainer.InitialStateDictionary = parsed.GetValue(_dictionary);
        if (_initial?.IsSmall ?? Name(parsed) == Tiny) TrainingOptions.SetTiny(trainer);
    }

    /// <summary>How texts are tokenized.</summary>
    public TokenizeTextOptions Tokens(ParseResult parsed, int maxLength) => new()
    {
        MaxLength = maxLength,
        Truncate = Options.Cuts(parsed, _strict, _truncate),
        Uncased = IsUncased(parsed),
    };

    /// <summary>The folder to start from, which has configuration and vocabulary as well.</summary>
    private string? Folder(ParseResult parsed) => parsed.GetValue(_init) is { } init && Directory.Exists(init) ? init : null;

    /// <summary>Tiny, base, or where the configuration is.</summary>
    private string Name(ParseResult parsed) =>
        parsed.GetResult(_model) is { Implicit: false } ? parsed.GetRequiredValue(_model) : Folder(parsed) ?? Tiny;

    private bool IsUncased(ParseResult parsed) => _initial?.Uncased ?? !parsed.GetValue(_cased);

    private void CheckInitial(ParseResult parsed, string init)
    {
        Option[] brought = [_model, _kind, _dictionary, .. _vocabulary.All, _cased, _grid, _coarseGrid, _cellSize];
        if (brought.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } both)
            throw new UsageException($"--init {init} and {both.Name} exclude each other: the model file brings that.");
    }

    /// <summary>A model that starts from nothing takes the sizes of the data; one that starts from a checkpoint keeps its own.</summary>
    private VisionLanguageModel Choose(ParseResult parsed, TextVocabulary vocabulary, int featureSize)
    {
        if (_initial is { Model: var initial })
        {
            return initial.ImageSide > 0 || initial.RegionFeatureSize == featureSize
                ? initial
                : throw new InvalidDataException($"--init: its regions have {initial.RegionFeatureSize} values; those of --features have {featureSize}.");
        }

        var name = Name(parsed);
        if (name is not (Tiny or Base) && !Path.Exists(name))
            throw new FileNotFoundException($"--model: '{name}' is neither tiny nor base nor an existing file.", name);
        var kind = KindOf(parsed);
        var config = name switch
        {
            Tiny => ModelKinds.FindSmall(kind),
            Base => ModelKinds.Find(kind),
            _ => VisionLanguageModel.Load(kind, name),
        };
        if (name == Tiny || parsed.GetValue(_init) is null)
            return config with { VocabularySize = vocabulary.Count, RegionFeatureSize = featureSize };
        return vocabulary.Count <= config.VocabularySize
            ? config
            : throw new InvalidDataException(
                $"--vocabulary: {vocabulary.Count} tokens; the model '{name}' has room for {config.VocabularySize}.");
    }
}
