using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>
/// What the reference computed in a golden case, on any engine: from the case's inputs to values under the names of its outputs. A runner
/// of an engine supplies the inputs and compares the values.
/// </summary>
/// <typeparam name="T">A value of the engine.</typeparam>
internal sealed partial class GoldenModels<T>(GoldenCase c, IRegionEngine<T> engine, Func<string, T> input)
    where T : class
{
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);

    public GoldenCase Case => c;

    /// <summary>vilbert, kind encoder: BertModel, plain and with output_all_encoded_layers.</summary>
    public IReadOnlyDictionary<string, T> ViLbertEncoder()
    {
        var config = ViLbertConfiguration(c);
        var model = new ViLbertTrunk<T>(engine, config, prefix: "");
        var ids = input("input_txt");
        var features = input("input_imgs");
        var outputs = model.Run(
            new(
                ids,
                Given("token_type_ids") ?? engine.ToInt64(Fill(ids, 0)),
                Given("attention_mask") ?? Fill(ids, 1),
                features,
                input("image_loc"),
                Given("image_attention_mask") ?? Fill(engine.Squeeze(engine.Slice(features, 2, 0, 1), 2), 1),
                Given("task_ids")),
            (name, value) => _values[name.StartsWith("attention.", StringComparison.Ordinal) ? name : "intermediate." + name] = value);
        Sequences(outputs, "");

        // The reference's list holds the states where a co-attention layer stands, also when it is switched off.
        for (var k = 0; k < config.TextLayersBeforeCoAttention.Count; k++)
        {
            _values[$"all_encoded_layers.t.{k}"] = StateAt(k, "t", "", config.TextLayersBeforeCoAttention[k]);
            _values[$"all_encoded_layers.v.{k}"] = StateAt(k, "v", "v_", config.ImageLayersBeforeCoAttention[k]);
        }

        var last = config.TextLayersBeforeCoAttention.Count - 1;
        if (last >= 0)
        {
            _values["all_encoded_layers.pooled_output_t"] = model.PoolText(_values[$"all_encoded_layers.t.{last}"]);
            _values["all_encoded_layers.pooled_output_v"] = model.PoolImage(_values[$"all_encoded_layers.v.{last}"]);
        }

        return _values;

        T StateAt(int k, string side, string prefix, int layersBefore) => _values["intermediate." + (
            config.CoAttention ? $"c_layer.{k}.{side}" : layersBefore > 0 ? $"{prefix}layer.{layersBefore - 1}" : prefix + "embeddings")];
    }

    /// <summary>vilbert, kind vltasks: VILBertForVLTasks with all heads.</summary>
    public IReadOnlyDictionary<string, T> ViLbertTasks()
    {
        var tasks = ViLbertConfiguration(c).TaskTokens ? input("task_ids") : null;
        return ViLbertTasks(new(
            input("input_txt"), input("token_type_ids"), input("attention_mask"), input("input_imgs"), input("image_loc"),
            input("image_attention_mask"), tasks));
    }

    private Dictionary<string, T> ViLbertTasks(ViLbertInputs<T> inputs)
    {
        var config = ViLbertConfiguration(c);
        var states = new ViLbertTrunk<T>(engine, config).Run(inputs);
        Sequences(states, "intermediate.");

        var heads = new ViLbertHeads<T>(engine, config);
        _values["intermediate.pooled_output_fused"] = states.Joint;
        _values["vil_prediction"] = heads.Classify(states, "vil_prediction", Classes("vil_prediction"));
        _values["vil_prediction_gqa"] = heads.Classify(states, "vil_prediction_gqa", Classes("vil_prediction_gqa"));
        _values["vil_logit"] = heads.Rank(states);
        // The reference pairs rows only when their number is even; else the output of that name is the alignment head's.
        var rows = c.Outputs["vil_prediction"].Shape[0];
        _values["vil_binary_prediction"] = rows % 2 == 0 ? heads.ClassifyPairs(states) : heads.Align(states);
        _values["vil_tri_prediction"] = heads.Entail(states);
        _values["vision_prediction"] = heads.PredictRegions(states);
        _values["vision_logit"] = heads.ScoreRegions(states);
        _values["linguisic_prediction"] = heads.PredictTokens(states);
        _values["linguisic_logit"] = heads.ScoreTokens(states);
        return _values;
    }

    /// <summary>vilbert, post-boxes: the reader's global region and locations, for one image.</summary>
    public IReadOnlyDictionary<string, T> ViLbertBoxes()
    {
        var regions = RegionsOf("image");
        _values["features"] = engine.Squeeze(regions.Features, 0);
        _values["image_location"] = engine.Squeeze(regions.Locations, 0);
        _values["image_location_ori"] = engine.Squeeze(regions.PixelLocations, 0);
        return _values;
    }

    /// <summary>lxmert, encoder: LXRTModel with all masks, without the visual mask, without any.</summary>
    public IReadOnlyDictionary<string, T> LxmertEncoder()
    {
        var config = LxmertConfig.Parse(c.Config.GetRawText(), c.ToString());
        var model = new LxmertTrunk<T>(engine, config, prefix: "");
        T ids = input("input_ids"), features = input("visual_feats"), boxes = input("boxes");
        T types = input("token_type_ids"), mask = input("attention_mask");
        Run("masked", types, mask, input("visual_attention_mask"));
        Run("novmask", types, mask, null);
        Run("defaults", engine.ToInt64(Fill(ids, 0)), Fill(ids, 1), null);
        return _values;

        void Run(string name, T typeIds, T textMask, T? regionMask)
        {
            var states = model.Run(
                ids, typeIds, textMask, features, boxes, regionMask, (mark, value) => _values[$"intermediate.{name}.{mark}"] = value);
            _values[name + ".lang_output"] = states.Text;
            _values[name + ".visn_output"] = states.Image;
            _values[name + ".pooled_output"] = states.Joint;
        }
    }

    /// <summary>vlbert, encoder and encoder_scale: VisualLinguisticBert, packed and taken apart again.</summary>
    public IReadOnlyDictionary<string, T> VlBertEncoder()
    {
        var config = VlBertConfig.Parse(c.Config.GetRawText(), c.ToString());
        var model = new VlBertTrunk<T>(engine, config, prefix: "");
        var ids = input("text_input_ids");
        var objects = input("object_vl_embeddings");
        var packing = model.Pack(
            new(ids, input("text_token_type_ids"), input("text_mask")), input("text_visual_embeddings"),
            engine.Slice(objects, -1, 0, config.VisualSize), engine.Slice(objects, -1, config.VisualSize, null), input("object_mask"));
        _values["intermediate.embedding_output"] = packing.Embeddings;
        _values["intermediate.attention_mask"] = packing.Mask;
        _values["intermediate.text_mask_new"] = packing.TextPlaces;
        _values["intermediate.object_mask_new"] = packing.ObjectPlaces;
        _values["intermediate.position_ids"] = packing.PositionIds;
        _values["intermediate.token_type_ids"] = packing.TokenTypeIds;
        var last = model.Encode(packing, (name, value) => _values["joint." + name] = value);
        for (var i = 0; i < config.Layers; i++)
        {
            var layer = _values[$"joint.encoded_layers.{i}"];
            _values[$"separate_all.text.{i}"] = model.TextPart(layer, ids);
            _values[$"separate_all.object.{i}"] = model.ObjectPart(layer, packing);
        }

        _values["separate.text"] = model.TextPart(last, ids);
        _values["separate.object"] = model.ObjectPart(last, packing);
        if (config.Pooler) _values["joint.pooled_output"] = _values["separate.pooled_output"] = model.Pool(last);
        return _values;
    }

    /// <summary>The option of the case's configuration that this library refuses; null when it takes all.</summary>
    public static string? WhyNotViLbert(GoldenCase c)
    {
        try
        {
            ViLbertConfiguration(c);
            return null;
        }
        catch (ArgumentException refused)
        {
            return refused.Message;
        }
    }

    private ViLbertRegions<T> RegionsOf(string image) => ViLbertRegions<T>.Build(
        engine,
        engine.Unsqueeze(input(image + ".features"), 0),
        engine.Unsqueeze(input(image + ".boxes"), 0),
        engine.Unsqueeze(engine.ToFloat(input(image + ".image_wh")), 0));

    private int Classes(string output) => (int)c.Outputs[output].Shape[1];

    private static ViLbertConfig ViLbertConfiguration(GoldenCase c) => ViLbertConfig.Parse(c.Config.GetRawText(), c.ToString());

    private void Sequences(ModelStates<T> states, string prefix)
    {
        _values[prefix + "sequence_output_t"] = states.Text;
        _values[prefix + "sequence_output_v"] = states.Image;
        _values[prefix + "pooled_output_t"] = states.PooledText!;
        _values[prefix + "pooled_output_v"] = states.PooledImage!;
    }

    /// <summary>A float tensor of one value in the shape of another.</summary>
    private T Fill(T like, float value) => engine.Affine(engine.ToFloat(like), 0, value);

    private T? Given(string name) => c.Inputs.Names.Contains(name) ? input(name) : null;
}
