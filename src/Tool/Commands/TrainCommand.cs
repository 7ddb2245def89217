using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl train TASK</c>: trains a model and saves it as one file.</summary>
internal sealed class TrainCommand<TData, TRow, TPrediction>(
    ToolTask<TData, TRow, TPrediction> task, Terminal terminal, Option<bool> verbose)
    where TRow : class, new()
{
    private const string Tiny = "tiny";
    private const string Base = "base";

    private readonly Option<string> _model = Options.Default(
        "--model",
        "The architecture: tiny (learns from nothing in minutes), base (ViLBERT's, to be fine-tuned) or a configuration file.",
        Tiny,
        "tiny|base|JSON");

    private readonly Option<string> _kind = Options.Kind();
    private readonly Option<string?> _init = Options.Optional<string?>("--init", "A checkpoint to start from.", "FILE");
    private readonly Option<string?> _dictionary =
        Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");

    private readonly Option<string?> _vocabulary =
        Options.Optional<string?>("--vocabulary", "The vocabulary file; without, the words of the texts.", "FILE");
    private readonly Option<bool> _cased = Options.Optional<bool>("--cased", "Keep upper case and accents; must fit the vocabulary.");
    private readonly Option<string> _output = Options.Required("--output", "The model file to write.", "ZIP");
    private readonly Option<int?> _maxLength =
        Options.Optional<int?>("--max-length", "The most tokens of a text, [CLS] and [SEP] included.", "N");
    private readonly Option<bool> _truncate = Options.Truncate();
    private readonly Option<bool> _strict = Options.Strict();
    private readonly Option<int> _grid = Options.Default("--grid", "Cells along each side of an image.", 4, "N");
    private readonly Option<int> _coarseGrid = Options.Default("--coarse-grid", "The same of a second, coarser grid; 0 for none.", 1, "N");
    private readonly Option<int> _cellSize = Options.Default("--cell-size", "Pixels along each side of a cell.", 16, "N");
    private readonly Option<double?> _heldOut = Options.Optional<double?>(
        "--held-out", "The share of the images that are not trained on but measured afterwards; 0.1 with --layout, else 0.", "SHARE");

    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write the result as JSON.");
    private readonly TrainingOptions _training = new();

    public Command Create(string name)
    {
        var command = new Command(name, $"Train a model that {task.Purpose}.");
        var data = task.CreateData(command, annotated: true);
        Option[] own =
        [
            _model, _kind, _init, _dictionary, _output, _vocabulary, _cased, _maxLength, _truncate, _strict,
            _grid, _coarseGrid, _cellSize, _heldOut,
        ];
        foreach (var option in own.Concat(task.TrainOptions).Concat(_training.All).Append(_json)) command.Add(option);
        command.SetAction(parsed => Run(parsed, data));
        return command;
    }

    private int Run(ParseResult parsed, DataOptions<TData> data)
    {
        CheckOptions(parsed);
        var output = OutputFile.Check(_output, parsed.GetRequiredValue(_output));
        var request = CreateRequest(parsed, data, output);
        var folder = request.Trainer.CheckpointFolder!;
        try
        {
            Display.Run(terminal, "training", meter =>
            {
                new TrainingJob<TData, TRow, TPrediction>(task, terminal, parsed.GetValue(verbose)).Run(request, meter);
                return true;
            });
        }
        catch (OperationCanceledException)
        {
            if (Directory.Exists(folder)) terminal.Note($"the checkpoint is in {folder}; the same command goes on from there");
            throw;
        }

        // Beside the output the checkpoint only served to go on after an interruption.
        if (_training.CheckpointFolder(parsed) is null && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        terminal.Note($"saved {output}");
        Report(parsed, request);
        return 0;
    }

    private void CheckOptions(ParseResult parsed)
    {
        if (parsed.GetValue(_init) is { } init)
        {
            if (!File.Exists(init)) throw new FileNotFoundException($"--init: the file '{init}' does not exist.", init);
            if (parsed.GetValue(_vocabulary) is null)
                throw new UsageException("--init needs --vocabulary: the checkpoint knows the words by their numbers in its vocabulary.");
        }

        if (parsed.GetValue(_heldOut) is { } share && !(share is >= 0 and < 1))
            throw new UsageException($"--held-out {share}: expected a share from 0 to below 1.");
        Options.Cuts(parsed, _strict, _truncate);
        _training.Check(parsed);
        task.CheckTrain(parsed);
    }

    private TrainingRequest<TRow> CreateRequest(ParseResult parsed, DataOptions<TData> options, string output)
    {
        var data = options.Open(parsed, terminal);
        var seed = _training.Seed(parsed);
        var heldOut = parsed.GetValue(_heldOut) ?? options.HeldOut(parsed);
        var split = HeldOut<TRow>.Split(task.Rows(data), row => task.Facts(row).Images.Select(image => image.Name), heldOut, seed);
        var features = options.FeatureFiles(parsed);
        var uncased = !parsed.GetValue(_cased);
        var vocabulary = parsed.GetValue(_vocabulary) is { } file
            ? BertVocabulary.Load(file)
            : BertVocabulary.Build(split.Training.SelectMany(row => task.Facts(row).Words), uncased: uncased);
        var coarse = parsed.GetValue(_coarseGrid);
        var grid = new GridFeatureOptions
        {
            Grid = parsed.GetValue(_grid),
            CoarseGrid = coarse == 0 ? null : coarse,
            CellSize = parsed.GetValue(_cellSize),
            Centered = true,
        };

        // Before its size makes a model that cannot be.
        if (features.Count == 0) GridFeatureSettings.Create("Image", grid);
        var trainer = task.CreateTrainerOptions(parsed, data, split.Training);
        trainer.Model = ChooseModel(parsed, vocabulary, features.Count > 0 ? FeatureSize(features[0]) : grid.FeatureSize);
        trainer.InitialWeights = parsed.GetValue(_init);
        trainer.InitialStateDictionary = parsed.GetValue(_dictionary);
        trainer.CheckpointFolder = _training.CheckpointFolder(parsed) ?? output + ".checkpoint";
        trainer.CheckpointEvery = TrainingOptions.DefaultCheckpointEvery;
        if (parsed.GetRequiredValue(_model) == Tiny) TrainingOptions.SetTiny(trainer);
        _training.Apply(parsed, trainer);
        var tokens = new TokenizeTextOptions
        {
            MaxLength = parsed.GetValue(_maxLength) ?? trainer.Model.MaxTokens,
            Truncate = Options.Cuts(parsed, _strict, _truncate),
            Uncased = uncased,
        };
        if (tokens.MaxLength > trainer.Model.MaxTokens)
            throw new UsageException($"--max-length {tokens.MaxLength}: the model has room for {trainer.Model.MaxTokens} tokens.");
        if (!tokens.Truncate)
        {
            var tokenizer = new BertTextTokenizer(vocabulary, uncased);
            LongTexts.Refuse(split.Training.Concat(split.Measured).Select(task.Facts), task.RowsName, tokenizer, tokens.MaxLength);
        }

        terminal.Note(
            $"{split.Training.Count} {task.RowsName} to train on, {split.Measured.Count} held out, " +
            $"{task.Summary(trainer)}, {vocabulary.Count} word pieces");
        return new TrainingRequest<TRow>
        {
            Training = split.Training,
            Measured = split.Measured,
            FeatureFiles = features,
            Grid = grid,
            Vocabulary = vocabulary,
            Tokens = tokens,
            Trainer = trainer,
            Output = output,
        };
    }

    /// <summary>A model that starts from nothing takes the sizes of the data; one that starts from a checkpoint keeps its own.</summary>
    private VisionLanguageModel ChooseModel(ParseResult parsed, BertVocabulary vocabulary, int featureSize)
    {
        var name = parsed.GetRequiredValue(_model);
        if (name is not (Tiny or Base) && !File.Exists(name))
            throw new FileNotFoundException($"--model: '{name}' is neither tiny nor base nor an existing file.", name);
        VisionLanguageModel config = name switch
        {
            Tiny => ViLbertConfig.Tiny,
            Base => ViLbertConfig.Base,
            _ => VisionLanguageModel.Load(parsed.GetRequiredValue(_kind), name),
        };
        if (name == Tiny || parsed.GetValue(_init) is null)
            return config with { VocabularySize = vocabulary.Count, RegionFeatureSize = featureSize };
        return vocabulary.Count <= config.VocabularySize
            ? config
            : throw new InvalidDataException(
                $"--vocabulary: {vocabulary.Count} word pieces; the model '{name}' has room for {config.VocabularySize}.");
    }

    private static int FeatureSize(string path)
    {
        using var reader = BottomUpTsvReader.Open(path);
        return reader.FeatureSize ?? reader.Read(reader.ImageIds[0]).FeatureSize;
    }

    /// <summary>Measures the saved file, not the model in memory: what counts is what the user takes away.</summary>
    private void Report(ParseResult parsed, TrainingRequest<TRow> request)
    {
        if (request.Measured.Count == 0)
        {
            if (parsed.GetValue(_json)) Write(JsonSerializer.Serialize(new { model = request.Output }));
            return;
        }

        using var model = ModelFile.Load(request.Output, task, terminal);
        var predictions = Display.Run(terminal, "measuring", meter =>
        {
            var rows = model.Predict(task, request.Measured, request.FeatureFiles, top: 1);
            return Display.Count(rows, meter, request.Measured.Count, "measured", terminal.Cancellation).ToList();
        });
        var (accuracy, baseline, baselineAnswer) = task.Measure(request.Training, request.Measured, predictions);
        var count = predictions.Count;
        var images = request.Measured.SelectMany(row => task.Facts(row).Images).Select(image => image.Name).Distinct(StringComparer.Ordinal).Count();
        Write(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(
                new { model = request.Output, heldOutQuestions = count, heldOutImages = images, accuracy, baseline, baselineAnswer })
            : string.Create(
                CultureInfo.InvariantCulture,
                $"held-out accuracy {accuracy:F4} on {count} {task.RowsName} about {images} images " +
                $"(always '{baselineAnswer}': {baseline:F4})"));
    }

    private void Write(string line)
    {
        terminal.Output.WriteLine(line);
        terminal.Output.Flush();
    }
}
