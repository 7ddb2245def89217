using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>A task that chooses one of a list of names, for tests that hold for all of them.</summary>
internal abstract class TaskCase
{
    public static IReadOnlyDictionary<string, TaskCase> All { get; } = new TaskCase[]
    {
        new TaskCase<VisualEntailmentOptions, VisualEntailmentTransformer, VisionLanguage.Tasks.Entailment.EntailmentSettings>
        {
            Name = "entailment",
            Names = ["contradiction", "neutral", "entailment"],
            Label = (row, names) => names.IndexOf(row.Label),
            Trainer = (ml, options) => ml.VisionLanguage().Trainers.VisualEntailment(options),
            Task = options => options.ToTask(),
            Create = (ml, settings, weights) => settings.Create(ml, weights),
        },
        new TaskCase<VisualReasoningOptions, VisualReasoningTransformer, VisionLanguage.Tasks.Reasoning.ReasoningSettings>
        {
            Name = "reasoning",
            Names = ["False", "True"],
            Label = (row, _) => row.IsTrue ? 1 : 0,
            Change = options => options.LabelColumnName = nameof(TaskRow.IsTrue),
            Trainer = (ml, options) => ml.VisionLanguage().Trainers.VisualReasoning(options),
            Task = options => options.ToTask(),
            Create = (ml, settings, weights) => settings.Create(ml, weights),
        },
        Choosing("choice", "0", "1", "2"),
        Choosing("one choice", "0"),
    }.ToDictionary(task => task.Name);

    /// <summary>Every task with every model.</summary>
    public static TheoryData<string, string> WithModels
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var task in All.Keys)
                foreach (var model in VisionLanguageModel.Kinds) data.Add(task, model);
            return data;
        }
    }

    public required string Name { get; init; }

    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The place of a row's label among the names.</summary>
    public required Func<TaskRow, List<string>, int> Label { get; init; }

    /// <summary>Options under which rows are learnt.</summary>
    public abstract TaskTrainerOptions Options(VisionLanguageModel model, int epochs);

    public abstract IEstimator<TaskTransformer> Train(MLContext ml, TaskTrainerOptions options);

    /// <summary>A transformer of fresh weights, and what libtorch gives with them for each row by itself.</summary>
    public abstract (TaskTransformer Transformer, float[][] Expected) Fresh(MLContext ml, VisionLanguageModel model, IReadOnlyList<TaskRow> rows);

    private static TaskCase<MultipleChoiceOptions, MultipleChoiceTransformer, VisionLanguage.Tasks.Choosing.ChoiceSettings> Choosing(
        string name, params string[] choices) => new()
        {
            Name = name,
            Names = choices,
            Label = (row, names) => names.Count == 1 ? 0 : row.Chosen,
            Change = options => (options.Choices, options.LabelColumnName) =
                (choices, choices.Length == 1 ? nameof(TaskRow.Only) : nameof(TaskRow.Chosen)),
            Trainer = (ml, options) => ml.VisionLanguage().Trainers.MultipleChoice(options),
            Task = options => options.ToTask(),
            Create = (ml, settings, weights) => settings.Create(ml, weights),
        };
}

/// <inheritdoc/>
internal sealed class TaskCase<TOptions, TTransformer, TSettings> : TaskCase
    where TOptions : TaskTrainerOptions, new()
    where TTransformer : TaskTransformer
    where TSettings : TaskSettings
{
    public required Func<MLContext, TOptions, TaskTrainer<TTransformer>> Trainer { get; init; }

    public required Func<TOptions, NamedTask<TSettings>> Task { get; init; }

    public required Func<MLContext, TSettings, IParameterSource, TTransformer> Create { get; init; }

    public Action<TOptions> Change { get; init; } = _ => { };

    public override TaskTrainerOptions Options(VisionLanguageModel model, int epochs)
    {
        var options = new TOptions
        {
            Model = model,
            Initialization = WeightInitialization.Xavier,
            Epochs = epochs,
            BatchSize = 8,
            LearningRate = 2e-3,
            CorrectBias = true,
            HeadLearningRate = null,
            Schedule = LearningRateSchedule.WarmupConstant,
            Device = TrainingDevice.Cpu,
            Threads = 1,
            Seed = 3,
            ScoringBatchSize = 7,
            RowIdColumnName = nameof(TaskRow.Name),
        };
        Change(options);
        return options;
    }

    public override IEstimator<TaskTransformer> Train(MLContext ml, TaskTrainerOptions options) => Trainer(ml, (TOptions)options);

    public override (TaskTransformer Transformer, float[][] Expected) Fresh(MLContext ml, VisionLanguageModel model, IReadOnlyList<TaskRow> rows)
    {
        using var folder = new TemporaryFolder();
        var task = Task((TOptions)Options(model, 1));
        var network = task.Settings.ToNetwork();
        using var parameters = new ModelParameters(network.Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.2, 5);
        using var data = new TrainingRows<NameLabel>(task.Inputs, task.Labels, folder.Path);
        var read = data.Read(TaskRows.View(ml, rows), "rows");
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var engine = new TorchEngine(parameters);
        float[][] expected = [.. read.Select(Alone)];
        return (Create(ml, task.Settings, parameters.AsSource()), expected);

        float[] Alone(TrainingRow<NameLabel> row)
        {
            using var batch = new TrainingBatch(task.Inputs, data.Collate([row]));
            var inputs = network.Inputs(engine, (column, number) => batch.Value(column, number, CPU));
            var output = network.Head.Outputs(engine, network.Logits(engine, inputs), inputs).Single();
            Assert.Equal(TaskHead.Score, output.Name);
            return output.Value.contiguous().data<float>().ToArray();
        }
    }
}
