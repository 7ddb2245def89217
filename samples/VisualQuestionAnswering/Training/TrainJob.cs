using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Data;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Display;
using MLNet.VisionLanguage.Text;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;

/// <summary>Renders the data set, trains, measures on unseen scenes and saves the model as one zip.</summary>
internal sealed class TrainJob(Workspace workspace, TrainingSettings settings, IDisplay display, CancellationToken cancellation)
{
    private readonly MLContext _ml = new(settings.Seed);

    public void Run()
    {
        Directory.CreateDirectory(workspace.Folder);
        var (train, validation) = (SceneSplit.Train(workspace.Data), SceneSplit.Validation(workspace.Data));
        var test = SceneSplit.Test(workspace.Data);
        Render([(train, settings.TrainScenes), (validation, settings.ValidationScenes), (test, settings.TestScenes)]);

        var (trainRows, testRows) = (train.Load().Examples, test.Load().Examples);
        var vocabulary = BertVocabulary.Build(trainRows.Select(row => row.Question));
        File.WriteAllText(workspace.Vocabulary, vocabulary.ToString());
        display.Say($"{trainRows.Count} training questions; a vocabulary of {vocabulary.Count} word pieces.");

        var losses = new List<LossPoint>();
        var epochs = new List<EpochPoint>();
        var watch = Stopwatch.StartNew();
        var model = Train(vocabulary, trainRows, validation.Load().Examples, losses, epochs);
        var seconds = watch.Elapsed.TotalSeconds;
        var evaluation = Evaluate(model, trainRows, testRows);

        // The model only needs to know these two columns of its input; answers are for training.
        var input = _ml.Data.LoadFromEnumerable<Answering.ImageQuestion>([]);
        _ml.VisionLanguage().Save(model, input.Schema, workspace.Model);
        new TrainingRecord
        {
            TrainRows = trainRows.Count,
            TrainingSeconds = seconds,
            Losses = losses,
            Epochs = epochs,
            Evaluation = evaluation,
        }.Save(workspace.Record);
        display.Say($"Saved {workspace.Model} ({new FileInfo(workspace.Model).Length / 1024} KiB).");
    }

    private void Render(IReadOnlyList<(SceneSplit Split, int Scenes)> parts)
    {
        var total = parts.Sum(part => part.Scenes);
        display.Run("Rendering scenes", total, report => SceneDataset.Render(
            workspace.Data, parts, settings.Seed, done => report(done, $"{done} of {total}"), cancellation));
    }

    private TransformerChain<ITransformer> Train(
        BertVocabulary vocabulary, IReadOnlyList<VqaExample> train, IReadOnlyList<VqaExample> validation,
        List<LossPoint> losses, List<EpochPoint> epochs)
    {
        TransformerChain<ITransformer>? model = null;
        display.Run("Training", 1, report =>
        {
            var progress = new Follower(state =>
            {
                if (state.EpochEnded)
                    epochs.Add(new EpochPoint(state.Epoch, state.Update, state.ValidationScore ?? 0));
                else
                    losses.Add(new LossPoint(state.Update, state.Loss));
                report(state.Update / (double)state.Updates, Describe(state, epochs));
            });
            var read = Followed(train, count => report(0, $"reading pictures, {count} of {train.Count}"));
            var (trainView, validationView) = (_ml.Data.LoadFromEnumerable(read), _ml.Data.LoadFromEnumerable(validation));
            var prepared = VqaPipeline.Preparation(_ml, vocabulary).Fit(trainView);
            var answering = VqaPipeline.Trainer(_ml, vocabulary, settings, progress, cancellation)
                .Fit(prepared.Transform(trainView), prepared.Transform(validationView));
            model = prepared.Append<ITransformer>(answering);
        });
        return model!;
    }

    /// <summary>The same rows; tells how many have been taken.</summary>
    private static IEnumerable<VqaExample> Followed(IReadOnlyList<VqaExample> rows, Action<int> taken)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            taken(i + 1);
            yield return rows[i];
        }
    }

    private Evaluation Evaluate(ITransformer model, IReadOnlyList<VqaExample> train, IReadOnlyList<VqaExample> test)
    {
        Evaluation? evaluation = null;
        display.Run("Answering questions about unseen scenes", test.Count, report =>
            evaluation = Evaluation.Run(_ml, model, train, test, done => report(done, "")));
        display.Table(Evaluation.Head, evaluation!.Rows());
        return evaluation;
    }

    private static string Describe(TrainingProgress state, List<EpochPoint> epochs)
    {
        var validation = epochs.Count > 0 ? $"{100 * epochs[^1].ValidationScore:F1} % right, " : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {state.Epoch}/{state.Epochs}, loss {state.Loss:F3}, {validation}{state.RowsPerSecond:F0} rows/s");
    }

    /// <summary>Unlike Progress&lt;T&gt; it acts at once, on the thread that reports.</summary>
    private sealed class Follower(Action<TrainingProgress> act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => act(value);
    }
}
