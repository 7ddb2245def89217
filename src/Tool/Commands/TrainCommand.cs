using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Tasks;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl train TASK</c>: trains a model and saves it as one file.</summary>
internal sealed class TrainCommand<TData, TRow, TPrediction>(
    ToolTask<TData, TRow, TPrediction> task, Terminal terminal, Option<bool> verbose)
    where TRow : class, new()
{
    private readonly Option<string> _output = Options.Required("--output", "The model file to write.", "ZIP");
    private readonly Option<int?> _maxLength =
        Options.Optional<int?>("--max-length", "The most tokens of a text, [CLS] and [SEP] included.", "N");
    private readonly Option<double?> _heldOut = Options.Optional<double?>(
        "--held-out", "The share of the images that are not trained on but measured afterwards; 0.1 with --layout, else 0.", "SHARE");

    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write the result as JSON.");
    private readonly ModelOptions _model = new();
    private readonly TrainingOptions _training = new();

    public Command Create(string name)
    {
        var command = new Command(name, $"Train a model that {task.Purpose}.");
        var data = task.CreateData(command, annotated: true);
        Option[] own = [_output, _maxLength, _heldOut, .. _model.All, .. task.TrainOptions, task.TaskNumber, .. _training.All, _json];
        foreach (var option in own) command.Add(option);
        command.SetAction(parsed => Run(parsed, data));
        return command;
    }

    private int Run(ParseResult parsed, DataOptions<TData> data)
    {
        CheckOptions(parsed);
        var output = OutputFile.Check(_output, parsed.GetRequiredValue(_output));
        var request = CreateRequest(parsed, data, output);
        CheckpointedRun.Run(terminal, request.Trainer.CheckpointFolder!, _training.CheckpointFolder(parsed) is not null, meter =>
        {
            new TrainingJob<TData, TRow, TPrediction>(task, terminal, parsed.GetValue(verbose)).Run(request, meter);
            return true;
        });
        terminal.Note($"saved {output}");
        Report(parsed, request);
        return 0;
    }

    private void CheckOptions(ParseResult parsed)
    {
        if (parsed.GetValue(_heldOut) is { } share && !(share is >= 0 and < 1))
            throw new UsageException($"--held-out {share}: expected a share from 0 to below 1.");
        _model.Check(parsed);
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
        var words = split.Training.SelectMany(row => task.Facts(row).Words).Concat(task.FurtherTexts(parsed));
        var vocabulary = _model.Vocabulary(parsed, words);
        var grid = _model.Grid(parsed, isUsed: features.Count == 0);
        var trainer = task.CreateTrainerOptions(parsed, data, split.Training);
        _model.Apply(parsed, trainer, vocabulary, ModelOptions.FeatureSize(features, grid));
        if (trainer is TaskTrainerOptions ofTask) ofTask.TaskNumber = task.TaskNumberOf(parsed);
        trainer.CheckpointFolder = _training.CheckpointFolder(parsed) ?? output + ".checkpoint";
        trainer.CheckpointEvery = TrainingOptions.DefaultCheckpointEvery;
        _training.Apply(parsed, trainer);
        if (features.Count > 0 && trainer.Model.ImageSide > 0)
            throw new UsageException("--features: the model takes images whole; --images is needed instead.");
        var inputs = new InputSteps(features, grid, vocabulary, _model.Tokens(parsed, parsed.GetValue(_maxLength) ?? trainer.Model.MaxTokens))
        {
            ImageSide = trainer.Model.ImageSide,
        };
        if (inputs.Tokens.MaxLength > trainer.Model.MaxTokens)
            throw new UsageException($"--max-length {inputs.Tokens.MaxLength}: the model has room for {trainer.Model.MaxTokens} tokens.");
        task.Complete(parsed, trainer, inputs, terminal);
        inputs.CheckTexts(split.Training.Concat(split.Measured).Select(task.Facts), task.RowsName);
        terminal.Note(
            $"{split.Training.Count} {task.RowsName} to train on, {split.Measured.Count} held out, " +
            $"{task.Summary(trainer)}, {vocabulary.Count} word pieces");
        return new TrainingRequest<TRow>
        {
            Training = split.Training,
            Measured = split.Measured,
            Inputs = inputs,
            Trainer = trainer,
            Output = output,
        };
    }

    private void Report(ParseResult parsed, TrainingRequest<TRow> request)
    {
        if (request.Measured.Count == 0)
        {
            if (parsed.GetValue(_json)) Write(JsonSerializer.Serialize(new { model = request.Output }));
            return;
        }

        var score = task.MeasureFile(request.Output, request.Training, request.Measured, request.Inputs.FeatureFiles, terminal);
        var (accuracy, baseline, baselineAnswer) = score;
        var images = request.Measured.SelectMany(row => task.Facts(row).Images).Select(image => image.Name).Distinct(StringComparer.Ordinal).Count();
        Write(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(
                new { model = request.Output, heldOutQuestions = score.Count, heldOutImages = images, accuracy, baseline, baselineAnswer })
            : string.Create(
                CultureInfo.InvariantCulture,
                $"held-out {score.Metric} {accuracy:F4} on {score.Count} {task.RowsName} about {images} images " +
                $"({score.BaselineName}: {baseline:F4})"));
    }

    private void Write(string line)
    {
        terminal.Output.WriteLine(line);
        terminal.Output.Flush();
    }
}
