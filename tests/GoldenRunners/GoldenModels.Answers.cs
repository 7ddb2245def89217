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
        var (ids, rows, length) = Surrounded("question");
        var text = PlainText(engine.Constant(ids, rows, length)).WithSlot(engine, MaskToken);
        var (objects, size) = CutObjects();
        var recorded = new Dictionary<string, T>();
        var states = new VlBertTrunk<T>(engine, model).Run(text, objects, size, hasSlot: true, (name, value) => recorded[name] = value);
        Packed(model, recorded, rows, long.MaxValue);
        _values["label_logits"] = _values["inference.label_logits"] = network.Logits(engine, states);
        return _values;
    }

    /// <summary>The logits of texts [CLS] question [SEP] with complete objects, of one batch of several.</summary>
    public static T VlBertLogits(IEngine<T> engine, TaskNetwork network, T ids, T boxes, T imageSize)
    {
        var text = new VlBertText<T>(ids, engine.ToInt64(engine.Affine(ids, 0)), engine.Above(engine.ToFloat(ids), 0.5f));
        var objects = VlBertRegions<T>.Of(engine, engine.Slice(boxes, -1, 4, null), engine.Slice(boxes, -1, 0, 4));
        var states = new VlBertTrunk<T>(engine, (VlBertConfig)network.Model).Run(
            text.WithSlot(engine, MaskToken), objects, imageSize, hasSlot: true);
        return network.Logits(engine, states);
    }

    private (long[] Ids, int Rows, int Length) Surrounded(string name)
    {
        int rows = (int)c.Inputs[name].Shape[0], width = (int)c.Inputs[name].Shape[1];
        return (GoldenTexts.Surround(c.Inputs[name].ToInt64s(), width, Classification, Separator), rows, width + 2);
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

    public static TaskNetwork LxmertNetwork(GoldenCase c)
    {
        var model = LxmertConfig.Parse(c.Config.GetRawText(), c.ToString());
        return new(model, model.FindAnswerClassifier(AnswerHead.Vqa), c.Config.GetProperty("num_answers").GetInt32());
    }

    public static TaskNetwork VlBertNetwork(GoldenCase c) => VlBertNetwork(c, (int)c.Outputs["label_logits"].Shape[1]);

    public static TaskNetwork VlBertNetwork(GoldenCase c, int answers)
    {
        var model = VlBertConfig.Parse(c.Config.GetRawText(), c.ToString()) with { MaskTokenId = MaskToken };
        return new(model, model.FindAnswerClassifier(AnswerHead.Vqa), answers);
    }

    public const long Classification = 2;
    public const long Separator = 3;
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

    /// <summary>[CLS] words [SEP] of rows that are padded with 0, each two ids longer.</summary>
    public static long[] Surround(long[] words, int width, long classification, long separator) =>
    [
        .. words.Chunk(width).SelectMany(row =>
        {
            long[] text = [classification, .. row.TakeWhile(id => id != 0), separator];
            return text.Concat(new long[width + 2 - text.Length]);
        }),
    ];
}
