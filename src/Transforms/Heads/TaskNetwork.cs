using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>A model with a task's head, on any engine: from the pipeline's columns to logits and to what scoring gives.</summary>
/// <param name="Model">The model.</param>
/// <param name="Head">The head.</param>
internal sealed record TaskNetwork(VisionLanguageModel Model, TaskHead Head)
{
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
        where T : class => new PartRows<T>(engine).Inputs(Head.Texts, Head.Images, value);

    /// <summary>Logits of a batch's inputs.</summary>
    public T Logits<T>(IEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null)
        where T : class => Logits(engine, Model.Build(
        engine,
        inputs with
        {
            TaskId = Head.TaskId,
            AnswerSlot = Head.ReadsSlot,
            JointOnly = Head.ReadsJointOnly && record is null,
            IsPretraining = Head.IsPretraining,
        },
        record));

    /// <summary>Logits of states that the model has made.</summary>
    public T Logits<T>(IEngine<T> engine, ModelStates<T> states)
        where T : class => Head.Logits(engine, Model, states);

    public override string ToString() => $"{Model.Title} with {Head}";
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
