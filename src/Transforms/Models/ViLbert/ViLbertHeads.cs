using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>ViLBERT's task heads (vilbert/vilbert.py, VILBertForVLTasks) on the states of its trunk.</summary>
internal sealed class ViLbertHeads<T>(IEngine<T> engine, ViLbertConfig config)
    where T : class
{
    /// <summary>Answer logits: vil_prediction (VQA), vil_prediction_gqa (GQA).</summary>
    public T Classify(ModelStates<T> states, string name, int answers)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        return ViLbertHeads.Classifier(config, name).Run(engine, states.Joint, answers);
    }

    /// <summary>Logits of the two-image task: rows 2i and 2i+1 of the fused vectors side by side, [B/2, 2].</summary>
    public T ClassifyPairs(ModelStates<T> states) =>
        config.ClassifierFor(ClassifierUse.Pairs).Join(engine, states.Joint, config.JointSize, parts: 2, classes: 2);

    /// <summary>One score a row, for ranking options.</summary>
    public T Rank(ModelStates<T> states) => config.ClassifierFor(ClassifierUse.Choices).Rank(engine, states.Joint, parts: 1);

    /// <summary>Three-way entailment logits.</summary>
    public T Entail(ModelStates<T> states) =>
        config.ClassifierFor(ClassifierUse.Entailment).Join(engine, states.Joint, config.JointSize, parts: 1, classes: 3);

    /// <summary>Whether text and image belong together: class 0 a pair, 1 not.</summary>
    public T Align(ModelStates<T> states)
    {
        using var marks = engine.Mark(ViLbertHeads.Pretraining);
        return engine.Linear(states.Joint, "cls.bi_seq_relationship", 2);
    }

    /// <summary>One logit a region [B, R, 1]; padding regions are pushed down by the additive mask.</summary>
    public T ScoreRegions(ModelStates<T> states) => engine.Unsqueeze(config.RegionClassifier.Suit(engine, states), 2);

    /// <summary>One logit a token, [B, L, 1].</summary>
    public T ScoreTokens(ModelStates<T> states)
    {
        using var marks = engine.Mark(ViLbertHeads.Pretraining);
        return engine.Linear(engine.Dropout(states.Text, config.FusionDropout), "linguisic_logit", 1);
    }

    /// <summary>Masked language modelling logits; the decoder is tied to the word table.</summary>
    public T PredictTokens(ModelStates<T> states)
    {
        using var marks = engine.Mark(ViLbertHeads.Pretraining);
        return Pieces.PredictWords(
            engine, states.Text, "cls.predictions", WordTable, config.VocabularySize, config.HiddenSize, TextActivation);
    }

    /// <summary>Masked region logits [B, R, v_target_size]; the transform uses the text's activation here too.</summary>
    public T PredictRegions(ModelStates<T> states)
    {
        using var marks = engine.Mark(ViLbertHeads.Pretraining);
        var transformed = Pieces.Transform(engine, states.Image, "cls.imagePredictions.transform", config.ImageHiddenSize, TextActivation);
        return engine.Linear(transformed, "cls.imagePredictions.decoder", config.RegionClasses);
    }

    /// <summary>BertForMultiModalPreTraining: all that pre-training predicts.</summary>
    public PretrainingLogits<T> Pretrain(ModelStates<T> states) => new(PredictTokens(states), PredictRegions(states), Align(states));

    private Activation TextActivation => Activations.Parse("hidden_act", config.TextActivation);

    private const string WordTable = "bert.embeddings.word_embeddings.weight";
}

internal static class ViLbertHeads
{
    /// <summary>train_tasks.py gives its larger rate to names with "vil_"; these heads have none.</summary>
    public const ParameterMarks Pretraining = ParameterMarks.Head | ParameterMarks.TrunkRate;

    /// <summary>
    /// The layers of vil_prediction and its like. train_tasks.py decays logit_fc.2.weight: it spares gains named LayerNorm.weight only.
    /// </summary>
    public static Classifier Classifier(ViLbertConfig config, string name) =>
        Layers.Classifier.Simple(name + ".logit_fc", 2 * config.CoAttentionSize, decaysGain: true);
}

/// <summary>What pre-training predicts.</summary>
/// <param name="Tokens">The word at every place, [B, L, vocabulary].</param>
/// <param name="Regions">The class or the feature of every region, the whole image first, [B, R, numbers].</param>
/// <param name="Alignment">Whether text and image belong together, [B, 2].</param>
internal sealed record PretrainingLogits<T>(T Tokens, T Regions, T Alignment)
    where T : class;
