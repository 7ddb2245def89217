using MLNet.VisionLanguage.Engine;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>The losses of a detector that aligns places with words (fine_grained/maskrcnn_benchmark/modeling/rpn/loss.py).</summary>
/// <param name="engine">The engine.</param>
internal sealed class GroundingObjective(TorchEngine engine)
{
    private const float Epsilon = 1e-7f;

    /// <summary>What yes counts beside no, which counts the rest of 1.</summary>
    private const float Alpha = 0.25f;

    /// <summary>
    /// Focal loss of yes or no (Lin et al. 2017), summed: by the square of how wrong it is, and what is there by a quarter, what is not by
    /// three.
    /// </summary>
    /// <param name="logits">Of any shape.</param>
    /// <param name="targets">1 for yes, 0 for no, of the same shape.</param>
    /// <param name="mask">What counts, 1 or 0, broadcast; null counts all.</param>
    public Tensor Focal(Tensor logits, Tensor targets, Tensor? mask = null)
    {
        var entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction: nn.Reduction.None);
        Value<Tensor> probability = engine.Of(logits.sigmoid()), wanted = engine.Of(targets);
        var wrong = 1 - ((probability * wanted) + ((1 - probability) * (1 - wanted)));
        Tensor loss = engine.Of(entropy) * wrong * wrong * (wanted * ((2 * Alpha) - 1) + (1 - Alpha));
        return (mask is null ? loss : loss.mul(mask)).sum();
    }

    /// <summary>
    /// 1 - generalised intersection over union of each box with its target (Rezatofighi et al. 2019), [boxes, 1]; boxes end where their corners
    /// are, and one that is turned inside out counts as having no area.
    /// </summary>
    /// <param name="found">[boxes, 4].</param>
    /// <param name="wanted">[boxes, 4].</param>
    public Tensor BoxLoss(Tensor found, Tensor wanted)
    {
        Value<Tensor> box = engine.Of(found), target = engine.Of(wanted);
        Value<Tensor> x1 = box.Column(0), y1 = box.Column(1), x2 = Larger(x1, box.Column(2)), y2 = Larger(y1, box.Column(3));
        Value<Tensor> toX1 = target.Column(0), toY1 = target.Column(1), toX2 = target.Column(2), toY2 = target.Column(3);
        var shared = Above0(Smaller(x2, toX2) - Larger(x1, toX1)) * Above0(Smaller(y2, toY2) - Larger(y1, toY1));
        var around = ((Larger(x2, toX2) - Smaller(x1, toX1)) * (Larger(y2, toY2) - Smaller(y1, toY1))) + Epsilon;
        var either = ((x2 - x1) * (y2 - y1)) + ((toX2 - toX1) * (toY2 - toY1)) - shared + Epsilon;
        return 1 - ((shared / either) - ((around - either) / around));
    }

    /// <summary>How central an anchor's middle is in each box, 1 in its middle and 0 at its sides, [boxes, 1].</summary>
    /// <param name="anchors">[boxes, 4].</param>
    /// <param name="boxes">[boxes, 4].</param>
    public Tensor Centerness(Tensor anchors, Tensor boxes)
    {
        Value<Tensor> anchor = engine.Of(anchors), box = engine.Of(boxes);
        Value<Tensor> x = (anchor.Column(0) + anchor.Column(2)) * 0.5f, y = (anchor.Column(1) + anchor.Column(3)) * 0.5f;
        return engine.Sqrt(Share(x - box.Column(0), box.Column(2) - x) * Share(y - box.Column(1), box.Column(3) - y));

        Value<Tensor> Share(Value<Tensor> a, Value<Tensor> b) => Smaller(a, b) / Larger(a, b);
    }

    private Value<Tensor> Smaller(Value<Tensor> a, Value<Tensor> b) => engine.Of(engine.Minimum(a, b));

    private Value<Tensor> Larger(Value<Tensor> a, Value<Tensor> b) => engine.Of(engine.Maximum(a, b));

    private Value<Tensor> Above0(Value<Tensor> x) => engine.Of(engine.Activate(x, Activation.Relu));
}
