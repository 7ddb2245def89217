using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>Cases of one kind whose values any engine computes.</summary>
internal interface IGoldenModel
{
    string System { get; }

    IReadOnlyCollection<string> Kinds { get; }

    /// <summary>Outputs that repeat inputs, or that follow from other outputs.</summary>
    IReadOnlyCollection<string> Others { get; }

    IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class;
}

/// <summary>On the graph: the values.</summary>
internal abstract class OnnxModelRunner<TModel> : OnnxGoldenRunner
    where TModel : IGoldenModel, new()
{
    private readonly TModel _model = new();

    public override string System => _model.System;

    public override IReadOnlyCollection<string> Kinds => _model.Kinds;

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => _model.Values(models);

    protected override bool IsInput(GoldenCase c, string output) => _model.Others.Contains(output);
}

/// <summary>On libtorch: the values, then losses and gradients.</summary>
internal abstract class TorchModelRunner<TModel> : TorchGoldenRunner
    where TModel : IGoldenModel, new()
{
    private readonly TModel _model = new();

    public override string System => _model.System;

    public override IReadOnlyCollection<string> Kinds => _model.Kinds;

    protected override IEnumerable<ModelParameter> List(GoldenCase c) => Lister.List(engine => _model.Values(
        new GoldenModels<ShapeValue>(c, engine, name => new([.. c.Inputs[name].Shape.Select(size => (long?)size)]))));

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => _model.Values(models);

    protected override bool IsInput(GoldenCase c, string output) => _model.Others.Contains(output);

    protected static Tensor Input(GoldenCase c, string name) => TorchGolden.ToTensor(c.Inputs[name]);

    /// <summary>Compares losses with the scalars of their names.</summary>
    protected static void CheckScalars(GoldenCase c, params (string Name, Tensor Loss)[] losses)
    {
        foreach (var (name, loss) in losses) GoldenAssert.Close(c.Scalars[name], loss.ToDouble(), c.Tolerance, c, name);
    }
}

internal sealed class LxmertPretrainingModel : IGoldenModel
{
    public string System => "lxmert";

    public IReadOnlyCollection<string> Kinds => ["pretraining"];

    public IReadOnlyCollection<string> Others => ["losses"];

    public IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class => models.LxmertPretraining();
}

internal sealed class OnnxLxmertPretrainingRunner : OnnxModelRunner<LxmertPretrainingModel>;

internal sealed class TorchLxmertPretrainingRunner : TorchModelRunner<LxmertPretrainingModel>
{
    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        Tensor Label(string kind, string part) => Input(c, $"obj_labels.{kind}.{part}");
        var losses = LxmertPretrainingObjective.Losses(
            new(
                values["lang_prediction_scores"], values["cross_relationship_score"], values["visn_prediction_scores.obj"],
                values["visn_prediction_scores.attr"], values["visn_prediction_scores.feat"], values["answer_score"]),
            new(
                Input(c, "masked_lm_labels"), Input(c, "matched_label"), Label("obj", "label"), Label("obj", "mask_conf"),
                Label("attr", "label"), Label("attr", "mask_conf"), Label("feat", "label"), Label("feat", "mask_conf"), Input(c, "ans")));
        GoldenAssert.Close(c, "losses", [.. losses.Select(loss => loss.ToSingle())], [1, losses.Length]);
        var total = losses.Aggregate(Scalars.Add);
        CheckScalars(c, ("total_loss", total));

        // A batch without answers has no loss of answers in the reference, and so no gradients that are numbers.
        total.backward();
        TorchGolden.CheckGradients(c, parameters);
    }
}

internal sealed class LxmertPairModel : IGoldenModel
{
    public string System => "lxmert";

    public IReadOnlyCollection<string> Kinds => ["nlvr2"];

    public IReadOnlyCollection<string> Others => ["predicted_label"];

    public IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class => models.LxmertPairs();
}

internal sealed class OnnxLxmertPairRunner : OnnxModelRunner<LxmertPairModel>;

internal sealed class TorchLxmertPairRunner : TorchModelRunner<LxmertPairModel>
{
    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        var logits = values["logit"];
        GoldenAssert.Equal(c.Outputs["predicted_label"], logits.argmax(1).data<long>().ToArray(), [logits.shape[0]], c, "predicted_label");
        var loss = ChoiceObjective.Loss(logits, Input(c, "label"));
        CheckScalars(c, ("loss", loss));
        loss.backward();
        TorchGolden.CheckGradients(c, parameters);
    }
}

internal sealed class VlBertCoreModel : IGoldenModel
{
    public string System => "vlbert";

    public IReadOnlyCollection<string> Kinds => ["pretraining_core"];

    public IReadOnlyCollection<string> Others => [];

    public IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class => models.VlBertCore();
}

internal sealed class OnnxVlBertCoreRunner : OnnxModelRunner<VlBertCoreModel>;

internal sealed class TorchVlBertCoreRunner : TorchModelRunner<VlBertCoreModel>;

internal sealed class VlBertRegionFeatureModel : IGoldenModel
{
    public string System => "vlbert";

    public IReadOnlyCollection<string> Kinds => ["fastrcnn"];

    public IReadOnlyCollection<string> Others => [];

    public IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class => models.VlBertRegionFeatures();
}

internal sealed class OnnxVlBertRegionFeatureRunner : OnnxModelRunner<VlBertRegionFeatureModel>;

internal sealed class TorchVlBertRegionFeatureRunner : TorchModelRunner<VlBertRegionFeatureModel>;
