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
        var reporter = new TrainingReporter(meter);
        request.Trainer.Progress = reporter;
        request.Trainer.Cancellation = terminal.Cancellation;

        var sources = task.SourcesOf(request.Training, request.Trainer);
        var detected = request.Inputs.Detector?.Extract(
            context, sources, request.Training.SelectMany(row => task.Facts(row).Images), meter, terminal.Cancellation);

        // Reading takes a while: every image is opened and cut.
        var counted = Display.Count(request.Training, meter, request.Training.Count, $"reading {task.RowsName}:", terminal.Cancellation);
        var rows = request.Inputs.WithRegions(
            context, sources, context.Data.LoadFromEnumerable(counted), request.Trainer.Model.RegionFeatureSize, detected);
        var pipeline = request.Inputs.Before(context, sources).Append(task.CreateTrainer(context, request.Trainer));
        var model = UnreadableImage.Name(request.Training.Select(task.Facts), () => pipeline.Fit(rows));

        reporter.TellEnd(request.Trainer);
        using (model)
        {
            if (task.WritesTexts) sources = sources with { Texts = [] };
            ITransformer whole = request.Inputs.Detector?.Before(context, sources, model) ?? model;
            context.VisionLanguage().Save(task.WritesTexts ? WithoutTexts(whole) : whole, request.Inputs.Schema(sources), request.Output);
        }
    }

    /// <summary>The steps that a model needs which writes texts.</summary>
    private static TransformerChain<ITransformer> WithoutTexts(ITransformer model) =>
        new([.. Parts(model).Where(part => part is not TokenizeTextTransformer)]);

    private static IEnumerable<ITransformer> Parts(ITransformer part) => part is IEnumerable<ITransformer> chain ? chain.SelectMany(Parts) : [part];
}
