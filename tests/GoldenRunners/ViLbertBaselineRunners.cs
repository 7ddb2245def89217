using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>vilbert, baseline: the single-stream model with all heads.</summary>
internal sealed class OnnxViLbertBaselineRunner : OnnxGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["baseline"];

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.ViLbertBaseline();
}

/// <summary>The same, and the loss of answering and every gradient.</summary>
internal sealed class TorchViLbertBaselineRunner : TorchGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["baseline"];

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.ViLbertBaseline();

    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        var loss = AnswerObjective.Loss(values["vil_prediction"], TorchGolden.ToTensor(c.Inputs["vqa_target"]));
        GoldenAssert.Close(c.Scalars["loss"], loss.ToDouble(), c.Tolerance, c, "loss");
        loss.backward();
        TorchGolden.CheckGradients(c, parameters);
    }
}

internal sealed partial class GoldenModels<T>
{
    /// <summary>vilbert, baseline: BaseBertForVLTasks.</summary>
    public IReadOnlyDictionary<string, T> ViLbertBaseline()
    {
        var config = ViLbertConfig.ParseBaseline(c.Config.GetRawText(), c.ToString());
        var model = new ViLbertBaseline<T>(engine, config);
        var states = model.Run(
            new(
                input("input_txt"), input("token_type_ids"), input("attention_mask"), input("input_imgs"), input("image_loc"),
                input("image_attention_mask")),
            (name, value) => _values["intermediate." + name] = value);
        for (var i = 0; i < config.TextLayers; i++) _values[$"all_encoded_layers.{i}"] = _values[$"intermediate.layer.{i}"];
        var heads = new ViLbertHeads<T>(engine, config);
        _values["pooled_output"] = states.Joint;
        _values["vil_prediction"] = model.Classify(states, Classes("vil_prediction"));
        _values["vil_logit"] = heads.Rank(states);
        _values["vil_binary_prediction"] = model.Align(states);
        _values["vision_prediction"] = heads.PredictRegions(states);
        _values["vision_logit"] = heads.ScoreRegions(states);
        _values["linguisic_prediction"] = heads.PredictTokens(states);
        _values["linguisic_logit"] = heads.ScoreTokens(states);
        return _values;
    }
}
