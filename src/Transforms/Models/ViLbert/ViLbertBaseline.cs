using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// The single-stream baseline that ViLBERT is compared with (vilbert/basebert.py, BaseBertForVLTasks): BERT over the tokens and then the
/// regions. Its configuration is <see cref="ViLbertConfig.ParseBaseline"/>'s.
/// </summary>
internal sealed class ViLbertBaseline<T>(IEngine<T> engine, ViLbertConfig config)
    where T : class
{
    private readonly TextEmbedding _text = new(
        "bert.embeddings.", config.VocabularySize, config.MaxPositions, config.TokenTypes, config.HiddenSize, config.Dropout)
    {
        PaddingPlace = 0,
    };

    /// <param name="inputs">The inputs, without a task.</param>
    /// <param name="record">Receives the embeddings and the layers' states.</param>
    public ModelStates<T> Run(ViLbertInputs<T> inputs, Recorder<T>? record = null)
    {
        var text = _text.Run(engine, inputs.InputIds, inputs.TokenTypeIds);
        var image = EmbedRegions(inputs);
        record?.Invoke("embeddings", text);
        record?.Invoke("image_embeddings", image);
        var mask = engine.Concat(1, engine.ToFloat(inputs.AttentionMask), engine.ToFloat(inputs.RegionMask));
        var states = ViLbertBaseline.Encoder(config)
            .Run(engine, new Streams<T>(engine.Concat(1, text, image), Masks.Additive(engine, mask)), record).Text;
        var pooled = Pieces.Pool(engine, states, "bert.pooler.dense", config.HiddenSize, Activation.Tanh);
        var tokens = engine.Length(inputs.InputIds, 1);
        return new(() => engine.Take(states, 1, tokens), () => After(states, tokens), inputs.AttentionMask, inputs.RegionMask)
        {
            ReadJoint = () => engine.Dropout(pooled, config.FusionDropout),
            FirstRegion = 1,
        };
    }

    /// <summary>
    /// Whether text and image belong together: class 0 a pair, 1 not. The heads that are not here are <see cref="ViLbertHeads{T}"/>'s.
    /// </summary>
    public T Align(ModelStates<T> states)
    {
        using var marks = engine.Mark(ParameterMarks.Head | ParameterMarks.TrunkRate);
        return engine.Linear(states.Joint, "cls.seq_relationship", 2);
    }

    /// <summary>Answer logits.</summary>
    public T Classify(ModelStates<T> states, int answers)
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        return ViLbertBaseline.Classifier(config).Run(engine, states.Joint, answers);
    }

    private T EmbedRegions(ViLbertInputs<T> inputs)
    {
        const string Prefix = "bert.image_embeddings.";
        var mask = engine.ToFloat(inputs.RegionMask);
        var ones = engine.ToInt64(engine.Affine(mask, 0, 1));
        var types = engine.Embedding(Prefix + "token_type_embeddings", ones, config.TokenTypes, config.HiddenSize, paddingIndex: 0);
        var sum = engine.Add(
            engine.Add(
                engine.Linear(inputs.RegionFeatures, Prefix + "image_embeddings", config.HiddenSize),
                engine.Linear(inputs.RegionLocations, Prefix + "image_location_embeddings", config.HiddenSize, ParameterRole.Location)),
            types);
        return engine.Dropout(engine.LayerNorm(sum, Prefix + "LayerNorm"), config.Dropout);
    }

    /// <summary>The states from place <paramref name="start"/> on; a product with ones, since a cut needs to know where.</summary>
    private T After(T states, T start)
    {
        var length = engine.Length(states, 1);
        var places = engine.ToFloat(engine.Range(length));
        var count = engine.Of(engine.ToFloat(engine.Range(engine.Subtract(length, start))));
        var wanted = count + engine.Of(engine.ToFloat(start));
        return engine.MatMul(engine.Equal(engine.Unsqueeze(wanted, 1), engine.Unsqueeze(places, 0)), states);
    }
}

internal static class ViLbertBaseline
{
    public static EncoderPlan Encoder(ViLbertConfig config)
    {
        var layers = new BertLayers(
            Modality.Text, config.TextHeads, config.HiddenSize, config.TextIntermediateSize,
            Activations.Parse("hidden_act", config.TextActivation), config.AttentionDropout, config.Dropout);
        return new([.. Enumerable.Range(0, config.TextLayers).SelectMany(i => layers.Layer($"bert.encoder.layer.{i}", $"layer.{i}"))]);
    }

    /// <summary>Its SimpleClassifier: weight-normed, ReLU, dropout.</summary>
    public static Classifier Classifier(ViLbertConfig config) => new("vil_prediction.main.3")
    {
        Hidden = ("vil_prediction.main.0", 2 * config.HiddenSize),
        Activation = Activation.Relu,
        HiddenDropout = 0.5,
        NormedWidth = config.HiddenSize,
    };
}
