using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Text;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl train vqa</c>: trains a model that answers questions and saves it as one file.</summary>
internal sealed class TrainVqaCommand
{
    private const string Tiny = "tiny";
    private const string Base = "base";

    /// <summary>Below this many questions an answer that was given once is worth knowing.</summary>
    private const int LargeDataset = 10_000;

    private const double EasyVqaHeldOut = 0.1;

    private readonly Option<string> _model = Options.Default(
        "--model",
        "The architecture: tiny (learns from nothing in minutes), base (ViLBERT's, to be fine-tuned) or a configuration file of the reference.",
        Tiny,
        "tiny|base|JSON");

    private readonly Option<string?> _init = Options.Optional<string?>("--init", "A checkpoint to start from.", "FILE");
    private readonly Option<string?> _dictionary =
        Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");

    private readonly Option<string?> _vocabulary =
        Options.Optional<string?>("--vocabulary", "The vocabulary file; without, the words of the questions.", "FILE");
    private readonly Option<bool> _cased = Options.Optional<bool>("--cased", "Keep upper case and accents; must fit the vocabulary.");
    private readonly Option<string?> _answers =
        Options.Optional<string?>("--answers", "The answers to learn: label2ans, ans2label or one a line; without, the data's.", "FILE");
    private readonly Option<int?> _minAnswers = Options.Optional<int?>(
        "--min-answer-count",
        $"Without --answers: how many questions must have an answer; 9 from {LargeDataset} questions on, else 1.",
        "N");

    private readonly Option<string> _output = Options.Required("--output", "The model file to write.", "ZIP");
    private readonly Option<int?> _maxLength =
        Options.Optional<int?>("--max-length", "The most tokens of a question, [CLS] and [SEP] included.", "N");
    private readonly Option<bool> _truncate = Options.Optional<bool>("--truncate", "Cut longer questions; without, they are an error.");
    private readonly Option<int> _grid = Options.Default("--grid", "Cells along each side of an image.", 4, "N");
    private readonly Option<int> _coarseGrid = Options.Default("--coarse-grid", "The same of a second, coarser grid; 0 for none.", 1, "N");
    private readonly Option<int> _cellSize = Options.Default("--cell-size", "Pixels along each side of a cell.", 16, "N");
    private readonly Option<double?> _heldOut = Options.Optional<double?>(
        "--held-out",
        $"The share of the images that are not trained on but measured afterwards; {EasyVqaHeldOut} with --layout easy-vqa, else 0.",
        "SHARE");

    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write the result as JSON.");
    private readonly DataOptions _data;
    private readonly TrainingOptions _training;
    private readonly Terminal _terminal;
    private readonly Option<bool> _verbose;

    private TrainVqaCommand(Command command, Terminal terminal, Option<bool> verbose)
    {
        _terminal = terminal;
        _verbose = verbose;
        _data = new DataOptions(command, annotated: true);
        foreach (var option in new Option[]
        {
            _model, _init, _dictionary, _output, _vocabulary, _cased, _answers, _minAnswers, _maxLength, _truncate, _grid, _coarseGrid,
            _cellSize, _heldOut,
        })
        {
            command.Add(option);
        }

        _training = new TrainingOptions(command);
        command.Add(_json);
    }

    public static Command Create(Terminal terminal, Option<bool> verbose)
    {
        var command = new Command("vqa", "Train a model that answers questions about images.");
        var train = new TrainVqaCommand(command, terminal, verbose);
        command.SetAction(train.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        CheckOptions(parsed);
        var output = OutputFile.Check(_output, parsed.GetRequiredValue(_output));
        var request = CreateRequest(parsed, output);
        var folder = request.Trainer.CheckpointFolder!;
        try
        {
            Display.Run(_terminal, "training", meter =>
            {
                new VqaTraining(_terminal, parsed.GetValue(_verbose)).Run(request, meter);
                return true;
            });
        }
        catch (OperationCanceledException)
        {
            if (Directory.Exists(folder))
                _terminal.Note($"the checkpoint is in {folder}; the same command goes on from there");
            throw;
        }

        // Beside the output the checkpoint only served to go on after an interruption.
        if (_training.CheckpointFolder(parsed) is null && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        _terminal.Note($"saved {output}");
        Report(parsed, request);
        return 0;
    }

    private void CheckOptions(ParseResult parsed)
    {
        if (parsed.GetValue(_init) is { } init)
        {
            if (!File.Exists(init))
                throw new FileNotFoundException($"--init: the file '{init}' does not exist.", init);
            if (parsed.GetValue(_vocabulary) is null)
                throw new UsageException("--init needs --vocabulary: the checkpoint knows the words by their numbers in its vocabulary.");
        }

        if (parsed.GetValue(_heldOut) is { } share && !(share is >= 0 and < 1))
            throw new UsageException($"--held-out {share}: expected a share from 0 to below 1.");
        if (parsed.GetValue(_answers) is not null && parsed.GetValue(_minAnswers) is not null)
            throw new UsageException("--answers and --min-answer-count exclude each other.");
        if (parsed.GetValue(_minAnswers) < 1)
            throw new UsageException($"--min-answer-count {parsed.GetValue(_minAnswers)}: at least 1 is needed.");
    }

    private TrainingRequest CreateRequest(ParseResult parsed, string output)
    {
        var data = _data.Open(parsed, _terminal);
        var seed = _training.Seed(parsed);
        var split = HeldOut.Split(data.Examples, parsed.GetValue(_heldOut) ?? (_data.HasLayout(parsed) ? EasyVqaHeldOut : 0), seed);
        var features = _data.FeatureFiles(parsed);
        var uncased = !parsed.GetValue(_cased);
        var vocabulary = parsed.GetValue(_vocabulary) is { } file
            ? BertVocabulary.Load(file)
            : BertVocabulary.Build(split.Training.Select(example => example.Question), uncased: uncased);
        var coarse = parsed.GetValue(_coarseGrid);
        var grid = new GridFeatureOptions
        {
            Grid = parsed.GetValue(_grid),
            CoarseGrid = coarse == 0 ? null : coarse,
            CellSize = parsed.GetValue(_cellSize),
            Centered = true,
        };
        var trainer = parsed.GetRequiredValue(_model) == Tiny ? TrainingDefaults.Tiny : TrainingDefaults.Reference;
        trainer.Model = ChooseModel(parsed, vocabulary, features.Count > 0 ? FeatureSize(features[0]) : grid.FeatureSize);
        trainer.InitialWeights = parsed.GetValue(_init);
        trainer.InitialStateDictionary = parsed.GetValue(_dictionary);
        trainer.Answers = ChooseAnswers(parsed, data, split.Training);
        trainer.CheckpointFolder = _training.CheckpointFolder(parsed) ?? output + ".checkpoint";
        _training.Apply(parsed, trainer);
        _terminal.Note(
            $"{split.Training.Count} questions to train on, {split.Measured.Count} held out, " +
            $"{trainer.Answers.Count} answers, {vocabulary.Count} word pieces");
        return new TrainingRequest
        {
            Training = split.Training,
            Measured = split.Measured,
            FeatureFiles = features,
            Grid = grid,
            Vocabulary = vocabulary,
            Tokens = new TokenizeTextOptions
            {
                MaxLength = parsed.GetValue(_maxLength) ?? trainer.Model.MaxPositions,
                Truncate = parsed.GetValue(_truncate),
                Uncased = uncased,
            },
            Trainer = trainer,
            Output = output,
        };
    }

    /// <summary>A model that starts from nothing takes the sizes of the data; one that starts from a checkpoint keeps its own.</summary>
    private ViLbertConfig ChooseModel(ParseResult parsed, BertVocabulary vocabulary, int featureSize)
    {
        var name = parsed.GetRequiredValue(_model);
        if (name is not (Tiny or Base) && !File.Exists(name))
            throw new FileNotFoundException($"--model: '{name}' is neither tiny nor base nor an existing file.", name);
        var config = name switch
        {
            Tiny => ViLbertConfig.Tiny,
            Base => ViLbertConfig.Base,
            _ => ViLbertConfig.Load(name),
        };
        if (name == Tiny || parsed.GetValue(_init) is null)
            return config with { VocabularySize = vocabulary.Count, RegionFeatureSize = featureSize };
        return vocabulary.Count <= config.VocabularySize
            ? config
            : throw new InvalidDataException($"--vocabulary: {vocabulary.Count} word pieces; the model '{name}' has room for {config.VocabularySize}.");
    }

    private IReadOnlyList<string> ChooseAnswers(ParseResult parsed, VqaDataset data, IReadOnlyList<VqaExample> training)
    {
        if (parsed.GetValue(_answers) is { } file)
            return AnswerList.Load(file);
        if (data.Answers.Count > 0)
            return data.Answers;
        var least = parsed.GetValue(_minAnswers) ?? (training.Count >= LargeDataset ? VqaSoftTargets.DefaultMinOccurrences : 1);
        var trained = training.Select(example => example.QuestionId).ToHashSet();
        var answers = VqaSoftTargets.BuildVocabulary(data.Annotations.Where(annotation => trained.Contains(annotation.QuestionId)), least);
        return answers.Count > 0 ? answers : throw new InvalidDataException($"No answer is that of {least} questions; see --min-answer-count.");
    }

    private static int FeatureSize(string path)
    {
        using var reader = BottomUpTsvReader.Open(path);
        return reader.Read(reader.ImageIds[0]).FeatureSize;
    }

    /// <summary>Measures the saved file, not the model in memory: what counts is what the user takes away.</summary>
    private void Report(ParseResult parsed, TrainingRequest request)
    {
        if (request.Measured.Count == 0)
        {
            if (parsed.GetValue(_json))
                Write(new { model = request.Output });
            return;
        }

        using var model = AnswerModelFile.Load(request.Output);
        var answered = Display.Run(_terminal, "measuring", meter =>
        {
            var rows = model.Answer(request.Measured, request.FeatureFiles, top: 1);
            return Display.Count(rows, meter, request.Measured.Count, "measured", _terminal.Cancellation).Select(row => row.Best.Answer).ToList();
        });
        var accuracy = request.Measured.Zip(answered, ScoreOf).Average();
        var baselineAnswer = request.Training.SelectMany(example => example.Answers.Zip(example.AnswerScores))
            .GroupBy(pair => pair.First, StringComparer.Ordinal).MaxBy(group => group.Sum(pair => pair.Second))?.Key ?? "";
        var baseline = request.Measured.Average(example => ScoreOf(example, baselineAnswer));
        var images = request.Measured.Select(example => example.ImageId).Distinct(StringComparer.Ordinal).Count();
        if (parsed.GetValue(_json))
        {
            Write(new { model = request.Output, heldOutQuestions = answered.Count, heldOutImages = images, accuracy, baseline, baselineAnswer });
            return;
        }

        _terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"held-out accuracy {accuracy:F4} on {answered.Count} questions about {images} images (always '{baselineAnswer}': {baseline:F4})"));
        _terminal.Output.Flush();
    }

    private void Write<T>(T result)
    {
        _terminal.Output.WriteLine(JsonSerializer.Serialize(result));
        _terminal.Output.Flush();
    }

    private static double ScoreOf(VqaExample example, string answer)
    {
        var place = Array.IndexOf(example.Answers, answer);
        return place < 0 ? 0 : example.AnswerScores[place];
    }
}
