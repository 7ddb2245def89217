using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

// LXMERT's pre-training and its task on two images.
internal sealed partial class GoldenModels<T>
{
    /// <summary>lxmert, pretraining: LXRTPretraining with all heads.</summary>
    public IReadOnlyDictionary<string, T> LxmertPretraining()
    {
        var config = LxmertConfig.Parse(c.Config.GetRawText(), c.ToString());
        var states = config.Build(
            engine,
            new ModelInputs<T>(
                input("input_ids"), input("attention_mask"), input("token_type_ids"), input("visual_feats"), input("pos"),
                Ones(c.Inputs["pos"].Shape[0])),
            LxmertConfig.PretrainingTrunk);
        var predictions = new LxmertHeads<T>(engine, config).Pretrain(states, c.Config.GetProperty("num_answers").GetInt32());
        _values["intermediate.lang_output"] = states.Text;
        _values["intermediate.visn_output"] = states.Image;
        _values["intermediate.pooled_output"] = states.Joint;
        _values["lang_prediction_scores"] = predictions.Tokens;
        _values["cross_relationship_score"] = predictions.Matches;
        _values["visn_prediction_scores.obj"] = predictions.Objects;
        _values["visn_prediction_scores.attr"] = predictions.Attributes;
        _values["visn_prediction_scores.feat"] = predictions.Features;
        _values["answer_score"] = predictions.Answers!;
        return _values;
    }

    /// <summary>lxmert, nlvr2: NLVR2Model, each sentence once with each of its two images.</summary>
    public IReadOnlyDictionary<string, T> LxmertPairs()
    {
        var config = LxmertConfig.Parse(c.Config.GetRawText(), c.ToString());
        var texts = GoldenTexts.Encode(c, c.Config.GetProperty("sentences")).SelectMany(text => new[] { text, text }).ToArray();
        T Ids(string name, Func<EncodedText, long[]> part) =>
            _values["tokenised." + name] = engine.Constant(GoldenTexts.Pad(c, texts, part), texts.Length, GoldenTexts.Length(c));
        T Flat(string name) => engine.Reshape(input(name), -1, c.Inputs[name].Shape[2], c.Inputs[name].Shape[3]);
        var states = config.Build(engine, new ModelInputs<T>(
            Ids("input_ids", text => text.InputIds), Ids("input_mask", text => text.AttentionMask),
            Ids("segment_ids", text => text.TokenTypeIds),
            Flat("feat"), Flat("pos"), Ones(texts.Length)));
        _values["intermediate.pooled_output"] = states.Joint;
        _values["logit"] = new LxmertHeads<T>(engine, config).ClassifyPairs(states);
        return _values;
    }

    /// <summary>The sizes of images whose boxes are fractions.</summary>
    private T Ones(long rows) => engine.Constant([.. Enumerable.Repeat(1f, (int)(2 * rows))], rows, 2);
}
