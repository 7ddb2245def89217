using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>A model with one of its answer classifiers, on any engine: from the pipeline's columns to logits.</summary>
/// <param name="Model">The model.</param>
/// <param name="Classifier">One of the model's classifiers.</param>
/// <param name="Answers">Number of answers.</param>
internal sealed record AnswerNetwork(VisionLanguageModel Model, AnswerClassifier Classifier, int Answers)
{
    /// <summary>All parameters, in the order of their first use.</summary>
    public IReadOnlyList<ModelParameter> Parameters() =>
        ShapedInputs.List(Model, engine => Logits(engine, ShapedInputs.Of(Model, slot: true)));

    /// <summary>Logits [B, answers].</summary>
    public T Logits<T>(IEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null)
        where T : class
    {
        var states = Model.Build(engine, inputs with { TaskId = Classifier.TaskId, AnswerSlot = true, JointOnly = record is null }, record);
        return Logits(engine, states);
    }

    /// <summary>Logits [B, answers] of states that the model has made.</summary>
    public T Logits<T>(IEngine<T> engine, ModelStates<T> states)
        where T : class
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        return Classifier.Layers.Run(engine, states.Joint, Answers);
    }

    public override string ToString() => $"{Model.Title} with the classifier {Classifier.Name}";
}

/// <summary>Inputs for the lister.</summary>
internal static class ShapedInputs
{
    public static ModelInputs<ShapeValue> Of(VisionLanguageModel model, bool slot = false)
    {
        return ModelInputs<ShapeValue>.Of(Shape) with { AnswerSlot = slot };

        ShapeValue Shape(Column column) => column switch
        {
            { Width: null } => new(null, null),
            { HasOneItem: true } => new(null, column.Width(model.Limits)),
            _ => new(null, null, column.Width(model.Limits)),
        };
    }

    /// <summary>The parameters that a model uses in a run.</summary>
    public static IReadOnlyList<ModelParameter> List(VisionLanguageModel model, Action<IEngine<ShapeValue>> run)
    {
        var parameters = Lister.List(run);
        return model.DecaysEverything ? [.. parameters.Select(parameter => parameter with { IsDecayed = true })] : parameters;
    }
}
