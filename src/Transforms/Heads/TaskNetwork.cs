using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>A model with a task's head, on any engine: from the pipeline's columns to logits and to what scoring gives.</summary>
/// <param name="Model">The model.</param>
/// <param name="Head">The head.</param>
internal sealed record TaskNetwork(VisionLanguageModel Model, TaskHead Head)
{
    /// <summary>The output that tells how the text attends to the regions.</summary>
    public const string Attention = "Attention";

    /// <summary>The output that has what every layer makes of the tokens.</summary>
    public const string TextStates = "TextStates";

    /// <summary>The output that has what every layer makes of the regions.</summary>
    public const string RegionStates = "RegionStates";

    /// <summary>Whether there is <see cref="TextStates"/> among the outputs, of rows with one text and one image.</summary>
    public bool ShowsTextStates { get; init; }

    /// <summary>Whether there is <see cref="RegionStates"/> among the outputs, of rows with one text and one image.</summary>
    public bool ShowsRegionStates { get; init; }

    /// <summary>Whether there is <see cref="Attention"/> among the outputs, of rows with one text and one image.</summary>
    public bool ShowsAttention { get; init; }

    /// <summary>Whether texts tell which objects their tokens are about.</summary>
    public bool ReadsTags { get; init; }

    /// <summary>The number of the task in the reference, for models that are told it; null for the head's.</summary>
    public int? TaskNumber { get; init; }

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
    public ModelInputs<T> Inputs<T>(IRegionEngine<T> engine, Func<Column, int, T> value)
        where T : class => new PartRows<T>(engine).Inputs(Head.Texts, Head.Images, value, Model.Limits, ReadsTags);

    /// <summary>Logits of a batch's inputs.</summary>
    public T Logits<T>(IRegionEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null)
        where T : class => Logits(engine, Head.States(engine, Model, ForHead(inputs, record is null), record));

    /// <summary>What scoring gives of a batch's inputs.</summary>
    public IEnumerable<TaskOutput<T>> Outputs<T>(IRegionEngine<T> engine, ModelInputs<T> inputs)
        where T : class
    {
        if (!ShowsAttention && !ShowsTextStates && !ShowsRegionStates) return Head.Outputs(engine, Logits(engine, inputs), inputs);
        var recorded = new Dictionary<string, T>(StringComparer.Ordinal);
        List<TaskOutput<T>> outputs = [.. Head.Outputs(engine, Logits(engine, inputs, (name, value) => recorded[name] = value), inputs)];
        var seen = ForHead(inputs, false);
        if (ShowsAttention)
            outputs.Add(new(Attention, engine.Reshape(Model.AttendRegions(engine, seen, recorded), 0, -1), "tokens x regions"));
        if (ShowsTextStates) Show(TextStates, Modality.Text);
        if (ShowsRegionStates) Show(RegionStates, Modality.Image);
        return outputs;

        void Show(string name, Modality stream)
        {
            T[] states = [.. Model.LayersOf(stream).Select(layer => Model.OwnStates(engine, seen, recorded, stream, recorded[layer.Mark!]))];
            outputs.Add(new(name, engine.Reshape(states.Length == 1 ? states[0] : engine.Concat(2, states), 0, -1), name + "Numbers"));
        }
    }

    /// <summary>How many numbers <see cref="TextStates"/> or <see cref="RegionStates"/> have of a token or region.</summary>
    /// <exception cref="ArgumentException">The model has no layer there.</exception>
    public static int NumbersOf(VisionLanguageModel model, Modality stream) => model.LayersOf(stream).Sum(layer => layer.Size) is > 0 and var size
        ? size
        : throw new ArgumentException($"This {model.Title} has no layers of {(stream == Modality.Text ? "text" : "regions")}, so no states to show.");

    /// <summary>Logits of states that the model has made.</summary>
    public T Logits<T>(IEngine<T> engine, ModelStates<T> states)
        where T : class => Head.Logits(engine, Model, states);

    public override string ToString() => $"{Model.Title} with {Head}";

    private ModelInputs<T> ForHead<T>(ModelInputs<T> inputs, bool mayBeJointOnly)
        where T : class => inputs with
        {
            TaskId = TaskNumber ?? Head.TaskId,
            AnswerSlot = Head.ReadsSlot,
            JointOnly = Head.ReadsJointOnly && mayBeJointOnly,
            IsPretraining = Head.IsPretraining,
        };
}

/// <summary>Inputs for the lister.</summary>
internal static class ShapedInputs
{
    public static ModelInputs<ShapeValue> Of(VisionLanguageModel model, bool slot = false) =>
        ModelInputs<ShapeValue>.Of(column => Of(model, column), StandardColumns.ImageOf(model.Limits)) with { AnswerSlot = slot };

    /// <summary>The shape of a column.</summary>
    public static ShapeValue Of(VisionLanguageModel model, Column column) => column switch
    {
        { Width: null } => new(null, null),
        { HasOneItem: true } => new(null, column.Width(model.Limits)),
        _ => new(null, null, column.Width(model.Limits)),
    };

    /// <summary>The parameters that a model uses in a run.</summary>
    public static IReadOnlyList<ModelParameter> List(VisionLanguageModel model, Action<IRegionEngine<ShapeValue>> run) =>
        [.. Lister.List(run).Select(model.Grouped)];
}
