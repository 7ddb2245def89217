using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>VL-BERT's heads besides the answer slot's, on the states of its trunk.</summary>
internal sealed class VlBertHeads<T>(IEngine<T> engine, VlBertConfig config, string prefix = VlBertTrunk.Prefix)
    where T : class
{
    /// <summary>Whether text and image belong together: class 1 a pair, 0 not; [B, 2] of pooled vectors.</summary>
    public T Match(T pooled)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        return engine.Linear(pooled, prefix + "relationsip_head.caption_image_relationship", 2);
    }

    /// <summary>Word logits [B, T, vocabulary] of text states; the decoder is tied to the word table.</summary>
    public T PredictTokens(T states)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        return Pieces.PredictWords(
            engine, states, prefix + "mlm_head.predictions", prefix + "word_embeddings.weight", config.VocabularySize, config.HiddenSize,
            Activations.Parse("hidden_act", config.Activation));
    }

    /// <summary>Logits over the detector's classes, [B, N, visual_region_classes], of object states.</summary>
    public T PredictRegions(T states) => Run(
        new(prefix + "mvrc_head.region_cls_pred") { Hidden = (prefix + "mvrc_head.transform.dense", config.HiddenSize) },
        states,
        config.RegionClasses);

    /// <summary>
    /// How well each object suits the expression, [B, N]; padding has a logit too (refcoco/modules/resnet_vlbert_for_refcoco.py).
    /// </summary>
    public T Refer(T states) => config.RegionClassifier.Suit(engine, states);

    /// <summary>
    /// How well each of an item's four choices suits it, [B/4, 4]: four rows after each other are an item, and the answer classifier reads
    /// their pooled vectors (vcr/modules/resnet_vlbert_for_vcr.py).
    /// </summary>
    public T Choose(T pooled) => config.ClassifierFor(ClassifierUse.Choices).Rank(engine, pooled, VlBertHeads.Choices);

    /// <summary>Logits over the 81 classes of COCO, [B, N, 81], which keep the objects' states to what they are (CNN_LOSS_TOP).</summary>
    public T Recognize(T states) => Run(
        new("cnn_loss_reg.2") { Hidden = ("cnn_loss_reg.0.dense", config.HiddenSize), HiddenDropout = config.RecognitionDropout },
        states,
        VlBertHeads.ObjectClasses);

    private T Run(Classifier layers, T states, int classes)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        return layers.Run(engine, states, classes);
    }
}

internal static class VlBertHeads
{
    /// <summary>Choices of an item of VCR.</summary>
    public const int Choices = 4;

    /// <summary>COCO's classes and the background, which is class 0 and the whole image's.</summary>
    public const int ObjectClasses = 81;
}
