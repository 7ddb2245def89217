using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

internal sealed class VlBertPretrainingModel : IGoldenModel
{
    public string System => "vlbert";

    public IReadOnlyCollection<string> Kinds => ["pretrain", "pretrain_multitask"];

    public IReadOnlyCollection<string> Others =>
        ["relationship_label", "mlm_label", "mlm_label_wvc", "mlm_label_aux", "mvrc_label"];

    public IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class => models.VlBertPretrainings();
}

internal sealed class OnnxVlBertPretrainingRunner : OnnxModelRunner<VlBertPretrainingModel>;

/// <summary>Both ways of averaging; the gradients are those of the first.</summary>
internal sealed class TorchVlBertPretrainingRunner : TorchModelRunner<VlBertPretrainingModel>
{
    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        var predictions = new VlBertPredictions<Tensor>(
            values.GetValueOrDefault("predictions.matches"), values["predictions.tokens"], values["predictions.regions"]);
        var targets = new VlBertTargets(
            predictions.Matches is null ? null : Input(c, "relationship_label"), Input(c, "mlm_labels"), Input(c, "mvrc_labels"), Texts());
        var whole = Losses("", rowsFirst: false);
        Losses("batch_first.", rowsFirst: true);
        whole.backward();
        TorchGolden.CheckGradients(c, parameters);

        Tensor Losses(string prefix, bool rowsFirst)
        {
            var losses = VlBertPretrainingObjective.Losses(predictions, targets, rowsFirst);
            CheckScalars(c, (prefix + "loss", losses.Sum()), (prefix + "mvrc_loss", losses.Regions));
            CheckScalars(c, (prefix + (losses.Texts is null ? "mlm_loss" : "mlm_loss_wvc"), losses.Tokens));
            if (losses.Texts is not null) CheckScalars(c, (prefix + "mlm_loss_aux", losses.Texts));
            if (losses.Matches is not null) CheckScalars(c, (prefix + "relationship_loss", losses.Matches));
            return losses.Sum();
        }

        Tensor? Texts()
        {
            Tensor[] labels = [.. Enumerable.Range(0, 100).Select(i => $"aux_text_mlm_labels_{i}")
                .TakeWhile(name => c.Inputs.TryGet(name, out _)).Select(name => Input(c, name))];
            if (labels.Length == 0) return null;
            var longest = labels.Max(label => label.shape[1]);
            return torch.cat([.. labels.Select(label => torch.nn.functional.pad(label, [0, longest - label.shape[1]], value: -1))], 0);
        }
    }
}

internal sealed class VlBertReferringModel : IGoldenModel
{
    public string System => "vlbert";

    public IReadOnlyCollection<string> Kinds => ["refcoco"];

    /// <summary>The box is that of the largest logit.</summary>
    public IReadOnlyCollection<string> Others => ["label", "inference.pred_boxes"];

    public IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class => models.VlBertReferring();
}

internal sealed class OnnxVlBertReferringRunner : OnnxModelRunner<VlBertReferringModel>;

internal sealed class TorchVlBertReferringRunner : TorchModelRunner<VlBertReferringModel>
{
    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        var logits = values["predictions.logits"].squeeze(2);
        var boxes = Input(c, "boxes").slice(1, 0, logits.shape[1], 1);
        var chosen = boxes.slice(2, 0, 4, 1).gather(1, logits.argmax(1).reshape(-1, 1, 1).expand(-1, 1, 4)).squeeze(1);
        var ratios = Input(c, "im_info").slice(1, 2, 4, 1);
        var predicted = chosen.div(torch.cat([ratios, ratios], 1));
        GoldenAssert.Close(c, "inference.pred_boxes", TorchGolden.ToArray(predicted), predicted.shape);

        var loss = ReferringObjective.Loss(logits, Input(c, "label").slice(1, 0, logits.shape[1], 1), values["intermediate.object_mask"]);
        CheckScalars(c, ("loss", loss), ("cls_loss", loss));
        loss.backward();
        TorchGolden.CheckGradients(c, parameters);
    }
}

internal sealed class VlBertChoiceModel : IGoldenModel
{
    public string System => "vlbert";

    public IReadOnlyCollection<string> Kinds => ["vcr_q2a", "vcr_qa2r"];

    public IReadOnlyCollection<string> Others => [];

    public IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class => models.VlBertChoices();
}

internal sealed class OnnxVlBertChoiceRunner : OnnxModelRunner<VlBertChoiceModel>;

/// <summary>The choices each alone and against each other, with the objects' classes; the gradients are those of the first.</summary>
internal sealed class TorchVlBertChoiceRunner : TorchModelRunner<VlBertChoiceModel>
{
    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        Tensor logits = values["label_logits"], right = Input(c, "answer_label");
        var network = c.Config.GetProperty("NETWORK");
        double Number(string option) => network.GetProperty(option).GetDouble();
        var found = values["predictions.objects"];
        var classes = Input(c, "boxes").slice(1, 0, found.shape[1], 1).select(2, 5).to_type(ScalarType.Int64);
        var objects = MaskedTokens.Loss(found, classes.repeat_interleave(VlBertHeads.Choices, 0));
        var alone = ChoiceObjective.LossOfEach(logits, right, Number("CLASSIFIER_SIGMOID_LOSS_POSITIVE_WEIGHT"));
        var against = ChoiceObjective.Loss(logits, right);
        Tensor Total(Tensor answer) => Scalars.Add(
            Scalars.With(Number("ANS_LOSS_WEIGHT"), answer.mul), Scalars.With(Number("CNN_LOSS_WEIGHT"), objects.mul));
        CheckScalars(
            c,
            ("loss", Total(alone)), ("ans_loss", alone), ("cnn_regularization_loss", objects),
            ("ce.loss", Total(against)), ("ce.ans_loss", against), ("ce.cnn_regularization_loss", objects));
        Total(alone).backward();
        TorchGolden.CheckGradients(c, parameters);
    }
}
