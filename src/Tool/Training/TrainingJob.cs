using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>Trains and saves a model of any task.</summary>
internal sealed class TrainingJob<TData, TRow, TPrediction>(ToolTask<TData, TRow, TPrediction> task, Terminal terminal, bool verbose)
    where TRow : class, new()
{
    /// <summary>Trains and writes the model file; progress goes to the meter.</summary>
    public void Run(TrainingRequest<TRow> request, IMeter meter)
    {
        var context = new MLContext(request.Trainer.Seed);
        Warnings.Tell(context, terminal, verbose);
        var reporter = new Reporter(meter);
        request.Trainer.Progress = reporter;
        request.Trainer.Cancellation = terminal.Cancellation;

        // Reading takes a while: every image is opened and cut.
        var counted = Display.Count(request.Training, meter, request.Training.Count, $"reading {task.RowsName}:", terminal.Cancellation);
        IDataView rows = context.Data.LoadFromEnumerable(counted);
        var trainer = task.CreateTrainer(context, request.Trainer);
        var before = new EstimatorChain<ITransformer>();
        foreach (var image in task.Images)
        {
            // Feature files stay out of the model, which is to predict about images of other files too.
            if (request.FeatureFiles.Count == 0) before = before.Append(image.Open(context, request.Grid));
            else rows = image.Load(context, request.FeatureFiles, request.Trainer.Model.RegionFeatureSize).Fit(rows).Transform(rows);
        }

        foreach (var text in task.Texts) before = before.Append<ITransformer>(text.Tokenize(context, request.Vocabulary, request.Tokens));
        var model = UnreadableImage.Name(request.Training.Select(task.Facts), () => before.Append(trainer).Fit(rows));

        reporter.TellEnd(request.Trainer);
        var schema = request.FeatureFiles.Count > 0 ? InputSchema.OfRegions(task) : InputSchema.OfImages(task);
        using (model) context.VisionLanguage().Save(model, schema, request.Output);
    }

    private sealed class Reporter(IMeter meter) : IProgress<TrainingProgress>
    {
        private TrainingProgress? _best;
        private TrainingProgress? _last;

        public void TellEnd(TrainerOptions options)
        {
            if (_last is { } last && last.Epoch < options.Epochs)
                meter.Keep($"stopped early, after epoch {last.Epoch}: {options.EarlyStoppingPatience} epochs without a better validation score");
            if (_best is not { } best) return;
            meter.Keep(string.Create(CultureInfo.InvariantCulture, $"best epoch {best.Epoch}: validation score {best.ValidationScore:F4}"));
        }

        public void Report(TrainingProgress value)
        {
            if (value.EpochEnded)
            {
                _last = value;
                if (value.ValidationScore is not null && !(value.ValidationScore <= _best?.ValidationScore)) _best = value;
            }

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
