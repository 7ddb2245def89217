using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

// FIBER, coarse-grained.
internal sealed partial class GoldenModels<T>
{
    /// <summary>What a case of fiber asks of the model.</summary>
    public IReadOnlyDictionary<string, T> Fiber()
    {
        var config = FiberConfig.Parse(c.Config.GetRawText(), c.ToString());
        var trunk = new FiberTrunk<T>(engine, config);
        var heads = new FiberHeads<T>(engine, config);
        switch (c.Kind)
        {
            case "swin_eval": SwinAlone(config); break;
            case "roberta_eval": RobertaAlone(config); break;
            case "fusion_eval" or "fusion_fulldepth": Fused(trunk); break;
            case "dual_itc" or "dual_itc_nopool" or "obj_itc": Compared(config, trunk, heads); break;
            case "rank_score": Ranked(config, trunk, heads); break;
            case "vqa":
                _values["vqa_logits"] = Answered(new(config, config.FindAnswerClassifier(AnswerHead.Vqa), Classes("vqa_logits")));
                break;
            case "nlvr2":
                _values["nlvr2_logits"] = Answered(
                    new(config, new ClassifierHead(config.ClassifierFor(ClassifierUse.Pairs), 2) { ImageCount = 2 }));
                break;
            case "obj_mlm":
                _values["mlm_logits"] = heads.PredictWords(trunk.Fuse(input("text_ids_mlm"), input("text_masks"), input("image")).Text);
                break;
            case "caption_mle" or "caption_gold": Captioned(trunk, heads); break;
            default: throw new InvalidDataException($"Unknown kind {c.Kind}.");
        }

        if (c.Has("grads.safetensors")) heads.KeepOthers();
        return _values;
    }

    private void SwinAlone(FiberConfig config)
    {
        var trunk = new FiberTrunk<T>(engine, config, vision: "");
        _values["last"] = engine.LayerNorm(trunk.SeeImage(input("x"), Intermediate), "norm", SwinBlock.Epsilon);
        foreach (var name in c.Outputs.Names.Where(name => name.StartsWith(OfPlaces, StringComparison.Ordinal)))
        {
            var numbers = name[OfPlaces.Length..].Split('.');
            var block = new FiberTowers(config, vision: "").Blocks[int.Parse(numbers[0])][int.Parse(numbers[2])];
            var table = engine.Parameter(
                block.Name + ".attn.relative_position_bias_table", [block.Windows.Offsets, block.Heads], ParameterRole.Table);
            _values[name] = engine.Squeeze(block.Windows.Bias(engine, table), 0);
        }
    }

    private void RobertaAlone(FiberConfig config)
    {
        var mask = Masks.Additive(engine, input("attention_mask"));
        _values["intermediate.position_ids"] = RobertaEmbedding.Places(engine, input("input_ids"));
        _values["intermediate.extended_attention_mask"] = mask;
        var last = new FiberTrunk<T>(engine, config, text: "").ReadText(input("input_ids"), mask, (name, value) =>
            _values["intermediate.hidden_states." + (name == "text.embeddings" ? 0 : int.Parse(name.Split('.')[2]) + 1)] = value);
        _values["last_hidden_state"] = last;
        _values["pooler_output"] = Pieces.Pool(engine, last, "pooler.dense", config.TextHiddenSize, Activation.Tanh);
    }

    private void Fused(FiberTrunk<T> trunk)
    {
        var states = trunk.Fuse(input("text_ids"), input("text_masks"), input("image"), Intermediate);
        _values["text_feats"] = states.Text;
        _values["image_feats"] = states.Image;
        _values["cls_feats"] = states.Joint;
        _values["intermediate.cls_feats_text"] = states.PooledText!;
        _values["intermediate.cls_feats_image"] = states.PooledImage!;
    }

    private void Compared(FiberConfig config, FiberTrunk<T> trunk, FiberHeads<T> heads)
    {
        var (image, tokens) = trunk.EncodeImage(input("image"));
        var (text, states) = trunk.EncodeText(input("text_ids"), input("text_masks"));
        var temperature = heads.Temperature();
        (_values["image_feats"], _values["text_feats"]) = (tokens, states);
        (_values["image_cls_feats"], _values["text_cls_feats"]) = (image, text);
        _values["sim_i2t"] = Similar(image, text, null, temperature);
        _values["sim_t2i"] = Similar(text, image, null, temperature);
        _values["sim_i2t_all"] = Similar(image, text, Queue("text_queue"), temperature);
        _values["sim_t2i_all"] = Similar(text, image, Queue("image_queue"), temperature);
        _values["scores"] = engine.MatMul(image, engine.Transpose(text, 1, 0));

        T Queue(string name) => engine.Parameter(name, [config.HiddenSize, config.QueueSize], ParameterRole.Buffer);
    }

    private T Similar(T asking, T asked, T? queue, T temperature)
    {
        var columns = engine.Transpose(asked, 1, 0);
        return engine.Divide(engine.MatMul(asking, queue is null ? columns : engine.Concat(1, columns, queue)), temperature);
    }

    private void Ranked(FiberConfig config, FiberTrunk<T> trunk, FiberHeads<T> heads)
    {
        int images = (int)c.Inputs["image"].Shape[0], texts = (int)c.Inputs["text_ids"].Shape[0];
        var every = new PartRows<T>(engine).Repeated(input("image"), texts);
        T Texts(string name) => engine.Concat(0, [.. Enumerable.Repeat(input(name), images)]);
        var joint = trunk.Fuse(Texts("text_ids"), Texts("text_masks"), every).Joint;
        _values["cls_feats"] = engine.Reshape(joint, images, texts, 2 * config.HiddenSize);
        _values["rank_scores"] = engine.Reshape(heads.Rank(joint), images, texts);
        _values["itm_logits"] = engine.Reshape(heads.Match(joint), images, texts, 2);
    }

    private T Answered(TaskNetwork network) => network.Logits(engine, network.Inputs(engine, (column, number) => column.Name switch
    {
        nameof(StandardColumns.PixelValues) => input(network.Head.Images == 1 ? "image" : $"image_{number}"),
        nameof(StandardColumns.AttentionMask) => input("text_masks"),
        _ => input("text_ids"),
    }));

    private void Captioned(FiberTrunk<T> trunk, FiberHeads<T> heads)
    {
        var image = trunk.SeeImage(input("image"), Intermediate);
        var (mask, allowed) = CausalMask.Of(engine, input("text_ids"), input("text_masks"));
        _values["intermediate.causal_mask_allowed"] = engine.ToInt64(allowed);
        _values["caption_logits"] = heads.PredictWords(trunk.Describe(input("text_ids"), mask, image, Intermediate));
    }

    private void Intermediate(string name, T value) => _values["intermediate." + name] = value;

    private const string OfPlaces = "intermediate.relpos.layers.";
}
