using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>What LXMERT's pre-training heads say of a batch.</summary>
/// <param name="Tokens">Word logits [B, L, vocabulary].</param>
/// <param name="Matches">Whether text and image belong together: class 1 a pair, 0 not; [B, 2].</param>
/// <param name="Objects">Object logits of every region, [B, N, obj_id_num].</param>
/// <param name="Attributes">Attribute logits of every region, [B, N, attr_id_num].</param>
/// <param name="Features">Every region's feature, [B, N, visual_feat_dim].</param>
/// <param name="Answers">Answer logits over the joint table of answers, [B, answers]; null where there is no such table.</param>
internal sealed record LxmertPredictions<T>(T Tokens, T Matches, T Objects, T Attributes, T Features, T? Answers)
    where T : class;

/// <summary>LXMERT's heads besides the answer classifier of fine-tuning (src/lxrt/modeling.py, src/tasks/nlvr2_model.py).</summary>
internal sealed class LxmertHeads<T>(IEngine<T> engine, LxmertConfig config)
    where T : class
{
    /// <summary>All heads of LXRTPretraining; the decoder of words is tied to the word table.</summary>
    /// <param name="states">States of the trunk under <see cref="LxmertConfig.PretrainingTrunk"/>.</param>
    /// <param name="answers">Rows of the table of answers; 0 for none.</param>
    public LxmertPredictions<T> Pretrain(ModelStates<T> states, int answers)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        const string Words = LxmertConfig.PretrainingTrunk + "embeddings.word_embeddings.weight";
        var regions = Pieces.Transform(engine, states.Image, "obj_predict_head.transform", config.HiddenSize, Act);
        T Decode(string name, int size) => engine.Linear(regions, "obj_predict_head.decoder_dict." + name, size);
        return new(
            Pieces.PredictWords(engine, states.Text, "cls.predictions", Words, config.VocabularySize, config.HiddenSize, Act),
            Match(states),
            Decode("obj", config.ObjectClasses),
            Decode("attr", config.AttributeClasses),
            Decode("feat", config.RegionFeatureSize),
            answers == 0 ? null : Classifier.Simple(LxmertConfig.PretrainingAnswers, 2 * config.HiddenSize).Run(engine, states.Joint, answers));
    }

    /// <summary>Whether text and image belong together: class 1 a pair, 0 not; [B, 2].</summary>
    public T Match(ModelStates<T> states)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        return engine.Linear(states.Joint, LxmertHeads.Matching, 2);
    }

    /// <summary>
    /// Logits of a sentence about two images (NLVR2), [B/2, 2], class 1 true: rows 2i and 2i+1 are the sentence with its first and its
    /// second image, and their joint vectors stand side by side.
    /// </summary>
    public T ClassifyPairs(ModelStates<T> states) =>
        config.ClassifierFor(ClassifierUse.Pairs).Join(engine, states.Joint, config.JointSize, parts: 2, classes: 2);

    private Activation Act => Activations.Parse("hidden_act", config.Activation);
}

internal static class LxmertHeads
{
    /// <summary>Pre-training's head on whether text and image belong together.</summary>
    public const string Matching = "cls.seq_relationship";
}
