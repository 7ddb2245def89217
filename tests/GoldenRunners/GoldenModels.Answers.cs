using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

// Models with their answer classifiers, from what the references read to logits.
internal sealed partial class GoldenModels<T>
{
    /// <summary>lxmert, vqa and gqa: VQAModel on sentences, features and boxes that are fractions, so of an image of 1 x 1.</summary>
    public IReadOnlyDictionary<string, T> LxmertAnswers()
    {
        var texts = GoldenTexts.Encode(c, c.Config.GetProperty("sentences"));
        var network = LxmertNetwork(c);
        T Ids(string name, Func<EncodedText, long[]> part) =>
            _values["tokenised." + name] = engine.Constant(GoldenTexts.Pad(c, texts, part), texts.Length, GoldenTexts.Length(c));
        var inputs = new ModelInputs<T>(
            Ids("input_ids", text => text.InputIds), Ids("input_mask", text => text.AttentionMask),
            Ids("segment_ids", text => text.TokenTypeIds),
            input("feat"), input("pos"), engine.Constant([.. Enumerable.Repeat(1f, 2 * texts.Length)], texts.Length, 2));
        var states = network.Model.Build(engine, inputs);
        _values["intermediate.pooled_output"] = states.Joint;
        _values["logit"] = network.Logits(engine, states);
        return _values;
    }

    /// <summary>vlbert, vqa and vqa_fc: ResNetVLBERT on precomputed features; the first box is the whole image.</summary>
    public IReadOnlyDictionary<string, T> VlBertAnswers()
    {
        var network = VlBertNetwork(c);
        var model = (VlBertConfig)network.Model;
        int rows = (int)c.Inputs["question"].Shape[0], length = (int)c.Inputs["question"].Shape[1] + 2;
        var ids = new long[rows * length];
        foreach (var (question, row) in c.Inputs["question"].ToInt64s().Chunk(length - 2).Select((question, row) => (question, row)))
        {
            long[] words = [Classification, .. question.TakeWhile(id => id != 0), Separator];
            words.CopyTo(ids, row * length);
        }

        var text = new VlBertText<T>(
            engine.Constant(ids, rows, length), engine.Constant(new long[ids.Length], rows, length),
            engine.Constant([.. ids.Select(id => id == 0 ? 0L : 1L)], rows, length)).WithSlot(engine, MaskToken);
        T boxes = input("boxes"), size = engine.Slice(input("im_info"), -1, 0, 2);
        var objects = VlBertRegions<T>.Of(engine, engine.Slice(boxes, -1, 4, null), engine.Slice(boxes, -1, 0, 4));
        var recorded = new Dictionary<string, T>();
        var states = new VlBertTrunk<T>(engine, model).Run(text, objects, size, hasSlot: true, (name, value) => recorded[name] = value);

        _values["intermediate.text_input_ids"] = text.Ids;
        _values["intermediate.text_token_type_ids"] = text.Types;
        _values["intermediate.text_mask"] = text.Mask;
        _values["intermediate.embedding_output"] = recorded["embeddings"];
        _values["intermediate.position_ids"] = recorded["position_ids"];
        _values["intermediate.token_type_ids"] = recorded["token_type_ids"];
        _values["intermediate.encoder_last"] = recorded[$"encoded_layers.{model.Layers - 1}"];

        // The reference cuts objects off that no row has.
        long most = c.Outputs["intermediate.object_mask"].Shape[1], tokens = c.Outputs["intermediate.text_mask"].Shape[1];
        var visual = engine.Slice(recorded["objects"], 1, 0, most);
        var meaning = engine.Parameter("object_linguistic_embeddings.weight", [1, model.HiddenSize], ParameterRole.Table);
        T Repeated(T value, long times, long width) =>
            engine.Add(value, engine.Constant(new float[rows * times * width], rows, times, width));
        _values["intermediate.object_mask"] = engine.Slice(objects.Mask, 1, 0, most);
        _values["intermediate.object_vl_embeddings"] = engine.Concat(-1, visual, Repeated(meaning, most, model.HiddenSize));
        _values["intermediate.text_visual_embeddings"] = Repeated(engine.Slice(visual, 1, 0, 1), tokens, model.VisualSize);
        _values["label_logits"] = _values["inference.label_logits"] = network.Logits(engine, states);
        return _values;
    }

    /// <summary>vlbert, coordinates: the embedding of boxes.</summary>
    public IReadOnlyDictionary<string, T> VlBertCoordinates()
    {
        var boxes = engine.Unsqueeze(input("boxes"), 1);
        var size = engine.Squeeze(engine.Slice(boxes, -1, 4, 6), 1);
        var objects = VlBertRegions<T>.Of(engine, boxes, engine.Slice(boxes, -1, 0, 4));
        foreach (var dim in c.Config.GetProperty("dims").EnumerateArray().Select(dim => dim.GetInt32()))
            _values[$"coordinate_embeddings.dim{dim}"] = engine.Reshape(objects.Coordinates(engine, size, dim), 0, 4, 2L * dim);
        return _values;
    }

    public static AnswerNetwork LxmertNetwork(GoldenCase c)
    {
        var model = LxmertConfig.Parse(c.Config.GetRawText(), c.ToString());
        return new(model, model.FindAnswerClassifier(AnswerHead.Vqa), c.Config.GetProperty("num_answers").GetInt32());
    }

    public static AnswerNetwork VlBertNetwork(GoldenCase c)
    {
        var model = VlBertConfig.Parse(c.Config.GetRawText(), c.ToString()) with { MaskTokenId = MaskToken };
        return new(model, model.FindAnswerClassifier(AnswerHead.Vqa), (int)c.Outputs["label_logits"].Shape[1]);
    }

    private const long Classification = 2;
    private const long Separator = 3;
    private const int MaskToken = 4;
}

/// <summary>Sentences of LXMERT's cases.</summary>
internal static class GoldenTexts
{
    public static int Length(GoldenCase c) => c.Config.GetProperty("max_seq_length").GetInt32();

    public static EncodedText[] Encode(GoldenCase c, System.Text.Json.JsonElement sentences)
    {
        var tokenizer = new BertTextTokenizer(BertVocabulary.Load(c.FilePath("vocab.txt")));
        return [.. sentences.EnumerateArray().Select(text => tokenizer.Encode(text.GetString()!, maxLength: Length(c)))];
    }

    /// <summary>One part of the texts, padded with 0 to the case's length.</summary>
    public static long[] Pad(GoldenCase c, EncodedText[] texts, Func<EncodedText, long[]> part) =>
        [.. texts.SelectMany(text => part(text).Concat(new long[Length(c) - part(text).Length]))];
}
