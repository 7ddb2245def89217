using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>Trains and saves a model of visual question answering.</summary>
internal sealed class VqaTraining(Terminal terminal, bool verbose)
{
    private const string ImageColumn = "Image";

    /// <summary>Trains and writes the model file; progress goes to the meter.</summary>
    public void Run(TrainingRequest request, IMeter meter)
    {
        var context = new MLContext(request.Trainer.Seed);
        if (verbose)
            context.Log += (_, e) => terminal.Note(e.Message);
        request.Trainer.Progress = new Reporter(meter);
        request.Trainer.Cancellation = terminal.Cancellation;

        // Reading takes a while: every image is opened and cut.
        var counted = Display.Count(request.Training, meter, request.Training.Count, "reading question", terminal.Cancellation);
        IDataView rows = context.Data.LoadFromEnumerable(counted);
        var tokenizer = context.Transforms.TokenizeText(request.Vocabulary, nameof(VqaExample.Question), options: request.Tokens);
        var trainer = context.VisionLanguage().Trainers.VisualQuestionAnswering(request.Trainer);

        ITransformer model;
        DataViewSchema schema;
        if (request.FeatureFiles.Count > 0)
        {
            // The files stay out of the model, which is to answer questions about images of other files too.
            rows = context.Transforms.LoadRegionFeatures(request.FeatureFiles, nameof(VqaExample.ImageId)).Fit(rows).Transform(rows);
            model = tokenizer.Append(trainer).Fit(rows);
            schema = SchemaOf<RegionQuestion>(context);
        }
        else
        {
            var pipeline = context.Transforms.LoadImages(ImageColumn, "", nameof(VqaExample.ImagePath))
                .Append(context.Transforms.ExtractGridFeatures(ImageColumn, request.Grid))
                .Append(tokenizer)
                .Append(trainer);
            model = UnreadableImage.Name(request.Training, () => pipeline.Fit(rows));
            schema = SchemaOf<ImageQuestion>(context);
        }

        using (model as IDisposable)
            context.VisionLanguage().Save(model, schema, request.Output);
    }

    private static DataViewSchema SchemaOf<T>(MLContext context)
        where T : class, new() => context.Data.LoadFromEnumerable(Array.Empty<T>()).Schema;

    private sealed class Reporter(IMeter meter) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var validation = value.ValidationScore is { } score ? $", validation score {score:F4}" : "";
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {value.Epoch}/{value.Epochs}: loss {value.Loss:F4}, score {value.TrainingScore:F4}{validation}, {value.RowsPerSecond:F0} questions/s");
            meter.Show(value.Update, value.Updates, text);
            if (value.EpochEnded)
                meter.Keep(text);
        }
    }
}
