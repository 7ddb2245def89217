using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

// VL-BERT's pre-training and its tasks besides question answering.
internal sealed partial class GoldenModels<T>
{
    /// <summary>vlbert, pretraining_core: VisualLinguisticBertForPretraining on elements whose parts are given.</summary>
    public IReadOnlyDictionary<string, T> VlBertCore()
    {
        var config = VlBertConfig.Parse(c.Config.GetRawText(), c.ToString());
        var objects = input("object_vl_embeddings");
        var states = new VlBertTrunk<T>(engine, config, prefix: "").Run(
            new(input("text_input_ids"), input("text_token_type_ids"), input("text_mask")), input("text_visual_embeddings"),
            engine.Slice(objects, -1, 0, config.VisualSize), engine.Slice(objects, -1, config.VisualSize, null), input("object_mask"),
            hasSlot: false);
        var heads = new VlBertHeads<T>(engine, config, prefix: "");
        _values["relationship_logits"] = heads.Match(states.PooledText!);
        _values["mlm_logits"] = heads.PredictTokens(states.Text);
        _values["mvrc_logits"] = heads.PredictRegions(states.Image);
        return _values;
    }

    /// <summary>vlbert, fastrcnn: region features that are there already.</summary>
    public IReadOnlyDictionary<string, T> VlBertRegionFeatures()
    {
        T boxes = input("boxes"), size = engine.Slice(input("im_info"), -1, 0, 2);
        var objects = VlBertRegions<T>.Of(engine, engine.Slice(boxes, -1, 4, null), engine.Slice(boxes, -1, 0, 4));
        var width = c.Config.GetProperty("final_dim").GetInt32();
        T Represent(VlBertRegions<T> regions) =>
            regions.Represent(engine, size, VlBertConfig.Base.CoordinateSize, width, 0, "obj_downsample.1");
        _values["obj_reps"] = Represent(objects);
        _values["obj_reps_raw"] = engine.Multiply(objects.Features, engine.Unsqueeze(objects.Mask, 2));
        _values["masked.obj_reps"] = Represent(
            objects.Masked(engine, Masked(input("mvrc_ops")), engine.Unsqueeze(input("mask_visual_embed"), 0)));
        return _values;
    }

    /// <summary>vlbert, pretrain and pretrain_multitask: captions with masked objects, and texts that have no image.</summary>
    public IReadOnlyDictionary<string, T> VlBertPretrainings()
    {
        var model = VlBertConfig.Parse(c.Config.GetRawText(), c.ToString());
        VlBertText<T>? texts = null;
        for (var i = 0; c.Inputs.TryGet($"aux_text_{i}", out _); i++)
            texts = texts is null ? PlainText(input($"aux_text_{i}")) : texts.Above(engine, PlainText(input($"aux_text_{i}")));
        var (objects, size) = CutObjects();
        var recorded = new Dictionary<string, T>();
        var predictions = new VlBertPretraining<T>(engine, model).Run(
            PlainText(input("text")), objects, size, Masked(engine.Slice(input("mvrc_ops"), 1, 0, MostObjects)), texts,
            (name, value) => recorded[name] = value);
        _values["predictions.tokens"] = predictions.Tokens;
        _values["predictions.regions"] = predictions.Regions;
        if (predictions.Matches is { } matches) _values["predictions.matches"] = _values["relationship_logits"] = matches;

        // The reference pads to the lengths of what it was given, with a logit nobody chooses.
        var captions = c.Inputs["text"].Shape[0];
        var (rows, packed) = (c.Outputs["intermediate.embedding_output"].Shape[0], c.Outputs["intermediate.embedding_output"].Shape[1]);
        foreach (var (name, first, last) in new[]
        {
            ("mlm_logits", 0, captions), ("mlm_logits_wvc", 0, captions), ("mlm_logits_aux", captions, rows),
        })
        {
            if (c.Outputs.Names.Contains(name)) _values[name] = Padded(engine.Slice(predictions.Tokens, 0, first, last), name, packed);
        }

        _values["mvrc_logits"] = Padded(engine.Slice(predictions.Regions, 0, 0, captions), "mvrc_logits", MostObjects);
        Packed(model, recorded, captions, c.Inputs["text"].Shape[1]);
        return _values;
    }

    /// <summary>vlbert, refcoco: one logit an object.</summary>
    public IReadOnlyDictionary<string, T> VlBertReferring()
    {
        var model = VlBertConfig.Parse(c.Config.GetRawText(), c.ToString());
        var (objects, size) = CutObjects();
        var (ids, rows, length) = Surrounded("expression");
        var recorded = new Dictionary<string, T>();
        var states = new VlBertTrunk<T>(engine, model).Run(
            PlainText(engine.Constant(ids, rows, length)), objects, size, hasSlot: false, (name, value) => recorded[name] = value);
        _values["predictions.logits"] = engine.Unsqueeze(new VlBertHeads<T>(engine, model).Refer(states.Image), 2);
        _values["label_logits"] = _values["inference.label_logits"] = Padded(_values["predictions.logits"], "label_logits", MostObjects);
        Packed(model, recorded, rows, length);
        return _values;
    }

    /// <summary>vlbert, vcr: four texts an item, whose tokens carry the objects they name.</summary>
    public IReadOnlyDictionary<string, T> VlBertChoices()
    {
        const string Prefix = "vlbert._module.";
        var model = VlBertConfig.Parse(c.Config.GetRawText(), c.ToString());
        var items = GoldenChoices.Of(c, Classification, Separator);
        int rows = items.Length, length = items.Max(item => item.Ids.Length);
        T Padded(Func<GoldenChoice, long[]> part) => engine.Constant(
            [.. items.SelectMany(item => part(item).Concat(new long[length - item.Ids.Length]))], rows, length);
        var text = new VlBertText<T>(
            Padded(item => item.Ids), Padded(item => item.Types), Padded(item => [.. item.Ids.Select(_ => 1L)]));

        // A choice is a row of its own, with the image of its item.
        T Each(string name)
        {
            var tensor = c.Inputs[name];
            var each = tensor.ToSingles().Chunk((int)(tensor.Count / tensor.Shape[0]))
                .SelectMany(row => Enumerable.Repeat(row, VlBertHeads.Choices));
            return engine.Constant([.. each.SelectMany(row => row)], [rows, .. tensor.Shape.Skip(1)]);
        }

        var boxes = engine.Slice(Each("boxes"), 1, 0, MostObjects);
        var isObject = engine.Squeeze(engine.Above(engine.Slice(boxes, -1, 3, 4), -0.5f), 2);
        var objects = new VlBertRegions<T>(engine.Slice(Each("box_features"), 1, 0, MostObjects), engine.Slice(boxes, -1, 0, 4), isObject);
        var recorded = new Dictionary<string, T>();
        var states = new VlBertTrunk<T>(engine, model, Prefix).Run(
            text, objects, engine.Slice(Each("im_info"), -1, 0, 2), hasSlot: false, (name, value) => recorded[name] = value,
            Padded(item => item.Tags));
        var heads = new VlBertHeads<T>(engine, model, Prefix);
        _values["label_logits"] = _values["inference.label_logits"] = heads.Choose(states.PooledText!);
        _values["predictions.objects"] = heads.Recognize(states.Image);
        Packed(model, recorded, rows, length);
        return _values;
    }

    /// <summary>The objects that some row of the batch has; the reference cuts the others off.</summary>
    private long MostObjects => c.Outputs["intermediate.object_mask"].Shape[1];

    private (VlBertRegions<T> Objects, T Size) CutObjects()
    {
        var boxes = engine.Slice(input("boxes"), 1, 0, MostObjects);
        return (
            VlBertRegions<T>.Of(engine, engine.Slice(boxes, -1, 4, null), engine.Slice(boxes, -1, 0, 4)),
            engine.Slice(input("im_info"), -1, 0, 2));
    }

    /// <summary>A text of one segment; word 0 is padding.</summary>
    private VlBertText<T> PlainText(T ids) => new(ids, engine.ToInt64(Fill(ids, 0)), engine.Above(engine.ToFloat(ids), 0.5f));

    private T Masked(T operations) => engine.Equal(operations, engine.Constant(new long[] { 1 }, 1));

    /// <summary>Logits [B, n, classes] of <paramref name="most"/> places as long as the case's output, which may lack the last axis.</summary>
    private T Padded(T logits, string output, long most)
    {
        var shape = c.Outputs[output].Shape;
        var width = shape.Count > 2 ? shape[2] : 1;
        if (most < shape[1])
        {
            float[] filler = [.. Enumerable.Repeat(-10000f, (int)(shape[0] * (shape[1] - most) * width))];
            logits = engine.Concat(1, logits, engine.Constant(filler, shape[0], shape[1] - most, width));
        }

        return shape.Count > 2 ? logits : engine.Squeeze(logits, 2);
    }

    /// <summary>What the reference gave its trunk, and the first and the last states of that.</summary>
    /// <param name="model">The model.</param>
    /// <param name="recorded">What the trunk told.</param>
    /// <param name="captions">Rows whose texts are as long as <paramref name="length"/>; the others fill the whole length.</param>
    /// <param name="length">Length of these rows.</param>
    private void Packed(VlBertConfig model, Dictionary<string, T> recorded, long captions, long length)
    {
        long rows = c.Outputs["intermediate.text_mask"].Shape[0], tokens = c.Outputs["intermediate.text_mask"].Shape[1];
        T Repeated(T value, long times, long width) =>
            engine.Add(value, engine.Constant(new float[rows * times * width], rows, times, width));
        float[] filled =
            [.. Enumerable.Range(0, (int)(rows * tokens)).Select(i => i / tokens < captions && i % tokens >= length ? 0f : 1f)];
        _values["intermediate.text_input_ids"] = recorded["text.ids"];
        _values["intermediate.text_token_type_ids"] = recorded["text.types"];
        _values["intermediate.text_mask"] = recorded["text.mask"];
        _values["intermediate.object_mask"] = recorded["object_mask"];
        _values["intermediate.object_vl_embeddings"] =
            engine.Concat(-1, recorded["objects"], Repeated(recorded["meaning"], MostObjects, model.HiddenSize));
        _values["intermediate.text_visual_embeddings"] = engine.Multiply(
            Repeated(recorded["text_visual"], tokens, model.VisualSize), engine.Constant(filled, rows, tokens, 1));
        _values["intermediate.embedding_output"] = recorded["embeddings"];
        _values["intermediate.position_ids"] = recorded["position_ids"];
        _values["intermediate.token_type_ids"] = recorded["token_type_ids"];
        _values["intermediate.encoder_last"] = recorded[$"encoded_layers.{model.Layers - 1}"];
    }
}

/// <summary>A choice of an item of VCR, as the model reads it.</summary>
internal sealed record GoldenChoice(long[] Ids, long[] Types, long[] Tags);

internal static class GoldenChoices
{
    /// <summary>[CLS] question [SEP] choice [SEP] of every item and choice, in order; special tokens name the whole image.</summary>
    public static GoldenChoice[] Of(GoldenCase c, long classification, long separator)
    {
        var questions = Tokens("question");
        return [.. Tokens("answer_choices").Select((choice, i) => Join(questions[i / VlBertHeads.Choices], choice))];

        GoldenChoice Join(long[][] question, long[][] choice)
        {
            long[] Between(int part, long first, long end) =>
                [first, .. question.Select(token => token[part]), end, .. choice.Select(token => token[part]), end];
            long[] types = [.. new long[question.Length + 2], .. Enumerable.Repeat(1L, choice.Length + 1)];
            return new(Between(0, classification, separator), types, Between(1, 0, 0));
        }

        long[][][] Tokens(string name)
        {
            var tensor = c.Inputs[name];
            return [.. tensor.ToInt64s().Chunk((int)tensor.Shape[^1]).Chunk((int)tensor.Shape[^2])
                .Select(row => row.TakeWhile(token => token[0] >= 0).ToArray())];
        }
    }
}
