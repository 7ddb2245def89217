using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>Trains and saves a model of any task.</summary>
internal sealed class TrainingJob<TData, TRow, TPrediction>(ToolTask<TData, TRow, TPrediction> task, Terminal terminal, bool verbose)
    where TRow : class, new()
{
    private const string ImageColumn = "Image";

    /// <summary>Trains and writes the model file; progress goes to the meter.</summary>
    public void Run(TrainingRequest<TRow> request, IMeter meter)
    {
        var context = new MLContext(request.Trainer.Seed);
        if (verbose) context.Log += (_, e) => terminal.Note(e.Message);
        request.Trainer.Progress = new Reporter(meter);
        request.Trainer.Cancellation = terminal.Cancellation;

        // Reading takes a while: every image is opened and cut.
        var counted = Display.Count(request.Training, meter, request.Training.Count, $"reading {task.RowsName}:", terminal.Cancellation);
        IDataView rows = context.Data.LoadFromEnumerable(counted);
        var tokenizer = context.Transforms.TokenizeText(request.Vocabulary, task.TextColumn, null, request.Tokens);
        var trainer = task.CreateTrainer(context, request.Trainer);

        ITransformer model;
        if (request.FeatureFiles.Count > 0)
        {
            // The files stay out of the model, which is to predict about images of other files too.
            var size = request.Trainer.Model.RegionFeatureSize;
            rows = context.Transforms.LoadRegionFeatures(request.FeatureFiles, InputSchema.ImageId, featureSize: size).Fit(rows).Transform(rows);
            model = tokenizer.Append(trainer).Fit(rows);
        }
        else
        {
            var pipeline = context.Transforms.LoadImageFiles(ImageColumn, "", InputSchema.ImagePath)
                .Append(context.Transforms.ExtractGridFeatures(ImageColumn, request.Grid))
                .Append(tokenizer)
                .Append(trainer);
            model = UnreadableImage.Name(request.Training.Select(task.Facts), () => pipeline.Fit(rows));
        }

        var schema = request.FeatureFiles.Count > 0 ? InputSchema.OfRegions(task.TextColumn) : InputSchema.OfImages(task.TextColumn);
        using (model as IDisposable) context.VisionLanguage().Save(model, schema, request.Output);
    }

    private sealed class Reporter(IMeter meter) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var validation = value.ValidationScore is { } score ? $", validation score {score:F4}" : "";
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {value.Epoch}/{value.Epochs}: loss {value.Loss:F4}, score {value.TrainingScore:F4}{validation}, " +
                $"{value.RowsPerSecond:F0} rows/s");
            meter.Show(value.Update, value.Updates, text);
            if (value.EpochEnded) meter.Keep(text);
        }
    }
}
