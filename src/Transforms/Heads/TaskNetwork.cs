using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>A model with a task's head, on any engine: from the pipeline's columns to logits and to what scoring gives.</summary>
/// <param name="Model">The model.</param>
/// <param name="Head">The head.</param>
internal sealed record TaskNetwork(VisionLanguageModel Model, TaskHead Head)
{
    /// <summary>The output that tells how the text attends to the regions.</summary>
    public const string Attention = "Attention";

    /// <summary>Whether there is <see cref="Attention"/> among the outputs, of rows with one text and one image.</summary>
    public bool ShowsAttention { get; init; }

    /// <summary>Whether texts tell which objects their tokens are about.</summary>
    public bool ReadsTags { get; init; }

    /// <summary>A model with one of its classifiers.</summary>
    public TaskNetwork(VisionLanguageModel model, TaskClassifier classifier, int names)
        : this(model, new ClassifierHead(classifier, names))
    {
    }

    /// <summary>All parameters, in the order of their first use.</summary>
    public IReadOnlyList<ModelParameter> Parameters() =>
        ShapedInputs.List(Model, engine => Logits(engine, Inputs(engine, (column, _) => ShapedInputs.Of(Model, column))));

    /// <summary>A batch's inputs, a row for each part of a question.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="value">The value of a column of the text or image with a number.</param>
    public ModelInputs<T> Inputs<T>(IImageEngine<T> engine, Func<Column, int, T> value)
        where T : class => new PartRows<T>(engine).Inputs(Head.Texts, Head.Images, value, ReadsTags);

    /// <summary>Logits of a batch's inputs.</summary>
    public T Logits<T>(IEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null)
        where T : class => Logits(engine, Model.Build(engine, ForHead(inputs, record is null), record));

    /// <summary>What scoring gives of a batch's inputs.</summary>
    public IEnumerable<TaskOutput<T>> Outputs<T>(IEngine<T> engine, ModelInputs<T> inputs)
        where T : class
    {
        if (!ShowsAttention) return Head.Outputs(engine, Logits(engine, inputs), inputs);
        var recorded = new Dictionary<string, T>(StringComparer.Ordinal);
        var logits = Logits(engine, inputs, (name, value) => recorded[name] = value);
        var map = Model.AttendRegions(engine, ForHead(inputs, false), recorded);
        return [.. Head.Outputs(engine, logits, inputs), new(Attention, engine.Reshape(map, 0, -1), "tokens x regions")];
    }

    /// <summary>Logits of states that the model has made.</summary>
    public T Logits<T>(IEngine<T> engine, ModelStates<T> states)
        where T : class => Head.Logits(engine, Model, states);

    public override string ToString() => $"{Model.Title} with {Head}";

    private ModelInputs<T> ForHead<T>(ModelInputs<T> inputs, bool mayBeJointOnly)
        where T : class => inputs with
        {
            TaskId = Head.TaskId,
            AnswerSlot = Head.ReadsSlot,
            JointOnly = Head.ReadsJointOnly && mayBeJointOnly,
            IsPretraining = Head.IsPretraining,
        };
}

/// <summary>Inputs for the lister.</summary>
internal static class ShapedInputs
{
    public static ModelInputs<ShapeValue> Of(VisionLanguageModel model, bool slot = false) =>
        ModelInputs<ShapeValue>.Of(column => Of(model, column)) with { AnswerSlot = slot };

    /// <summary>The shape of a column.</summary>
    public static ShapeValue Of(VisionLanguageModel model, Column column) => column switch
    {
        { Width: null } => new(null, null),
        { HasOneItem: true } => new(null, column.Width(model.Limits)),
        _ => new(null, null, column.Width(model.Limits)),
    };

    /// <summary>The parameters that a model uses in a run.</summary>
    public static IReadOnlyList<ModelParameter> List(VisionLanguageModel model, Action<IImageEngine<ShapeValue>> run)
    {
        var parameters = Lister.List(run);
        return model.DecaysEverything ? [.. parameters.Select(parameter => parameter with { IsDecayed = true })] : parameters;
    }
}
