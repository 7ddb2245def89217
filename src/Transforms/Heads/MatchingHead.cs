using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>
/// Whether text and image belong together, by the head that pre-training trains for it; its output is that probability. The parameters of
/// pre-training's other heads go along, so that the weights saved of such a model are all that was trained.
/// </summary>
/// <param name="PairClass">Which of the two classes says that they do.</param>
internal sealed record MatchingHead(int PairClass) : TaskHead
{
    public override bool IsPretraining => true;

    public override bool ReadsJointOnly => true;

    public override T Logits<T>(IEngine<T> engine, VisionLanguageModel model, ModelStates<T> states)
    {
        var logits = model.Match(engine, states);
        var used = ShapedInputs.List(model, shapes => model.Match(shapes, model.Build(shapes, ShapedInputs.Of(model) with { IsPretraining = true })));
        foreach (var parameter in PretrainingParameters(model).ExceptBy(used.Select(parameter => parameter.Name), parameter => parameter.Name))
        {
            using var marks = engine.Mark(parameter.Marks);
            var kept = engine.Parameter(parameter.Name, [.. parameter.Shape], parameter.Role, parameter.Start);
            logits = KeptParameter.Add(engine, logits, kept, isScalar: parameter.Shape.Count == 0);
        }

        return logits;
    }

    public override IEnumerable<TaskOutput<T>> Outputs<T>(IEngine<T> engine, T logits, ModelInputs<T> inputs) =>
        [new(Score, engine.Slice(engine.Softmax(logits), 1, PairClass, PairClass + 1), 1)];

    public override string ToString() => "the alignment of text and image";

    /// <summary>All parameters that pre-training has.</summary>
    public static IReadOnlyList<ModelParameter> PretrainingParameters(VisionLanguageModel model) =>
        ShapedInputs.List(model, engine => model.BuildPretraining(engine, ShapedInputs.Of(model)));
}
