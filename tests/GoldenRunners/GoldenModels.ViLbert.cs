using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

// ViLBERT's pre-training and tasks, from batches and items as the reference's data sets give them.
internal sealed partial class GoldenModels<T>
{
    /// <summary>vilbert, pretrain: BertForMultiModalPreTraining.</summary>
    public IReadOnlyDictionary<string, T> ViLbertPretraining()
    {
        var config = ViLbertConfiguration(c);
        var states = new ViLbertTrunk<T>(engine, config).Run(
            new(
                input("input_ids"), input("token_type_ids"), input("attention_mask"), input("image_feat"), input("image_loc"),
                input("image_attention_mask")),
            (name, value) => _values["intermediate." + name] = value);
        var logits = new ViLbertHeads<T>(engine, config).Pretrain(states);
        _values["prediction_scores_t"] = logits.Tokens;
        _values["prediction_scores_v"] = logits.Regions;
        _values["seq_relationship_score"] = logits.Alignment;
        return _values;
    }

    /// <summary>vilbert, task: a batch of questions becomes rows, then VILBertForVLTasks.</summary>
    public IReadOnlyDictionary<string, T> ViLbertTask()
    {
        var settings = c.Json.GetProperty("task_cfg");
        var inputs = ViLbertTaskInputs(engine, settings, input, (int)c.Outputs["intermediate.model_input.input_imgs"].Shape[1]);
        void Given(string name, T value) => _values["intermediate.model_input." + name] = value;
        Given("input_txt", inputs.InputIds);
        Given("token_type_ids", inputs.TokenTypeIds);
        Given("attention_mask", inputs.AttentionMask);
        Given("input_imgs", inputs.RegionFeatures);
        Given("image_loc", inputs.RegionLocations);
        Given("image_attention_mask", inputs.RegionMask);
        Given("task_ids", inputs.TaskIds!);
        return ViLbertTasks(inputs with { TaskIds = ViLbertConfiguration(c).TaskTokens ? inputs.TaskIds : null });
    }

    /// <summary>The rows of a batch of one of the reference's tasks.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="settings">The task's entry in vilbert_tasks.yml.</param>
    /// <param name="field">The fields of the batch.</param>
    /// <param name="regions">Regions of an image.</param>
    public static ViLbertInputs<T> ViLbertTaskInputs(
        IEngine<T> engine, System.Text.Json.JsonElement settings, Func<string, T> field, int regions)
    {
        var rows = new PartRows<T>((IImageEngine<T>)engine);
        const int Choices = 4;
        var (text, image) = settings.GetProperty("process").GetString() switch
        {
            "normal" => (field, field),
            "expand" => (name => rows.Flat(field(name)), name => rows.Repeated(field(name), Choices)),
            "retrieval" => (name => rows.Flat(field(name)), new Func<string, T>(name => rows.Flat(field(name)))),
            "nlvr" => (name => rows.Repeated(field(name), 2), new Func<string, T>(name => rows.Halves(field(name), regions))),
            var other => throw new InvalidDataException($"Unknown process {other}."),
        };
        var ids = text("question");
        var number = engine.Affine(engine.ToFloat(engine.Slice(ids, 1, 0, 1)), 0, settings.GetProperty("task_id").GetInt32());
        return new(
            ids, text("segment_ids"), text("input_mask"), image("features"), image("spatials"), image("image_mask"),
            engine.ToInt64(number));
    }

    /// <summary>vilbert, post-nlvr2item: two images in one row.</summary>
    public IReadOnlyDictionary<string, T> ViLbertPair()
    {
        var pair = RegionsOf("image0").Append(engine, RegionsOf("image1"));
        Item("", pair.Fit(engine, (int)c.Outputs["features"].Shape[0]));
        return _values;
    }

    /// <summary>vilbert, post-vcritem: detected and marked regions.</summary>
    public IReadOnlyDictionary<string, T> ViLbertMarked()
    {
        var most = (int)c.Outputs["features"].Shape[0];
        ViLbertRegions<T> detected = RegionsOf("image"), marked = RegionsOf("gt");
        Item("", detected.WithMarked(engine, marked, most).WithGlobalOf(engine, detected, marked).Fit(engine, most));
        return _values;
    }

    /// <summary>vilbert, post-refcocoitem: detected and marked regions for training, detected ones for validation.</summary>
    public IReadOnlyDictionary<string, T> ViLbertReferred()
    {
        var most = (int)c.Outputs["train.features"].Shape[0];
        var detected = RegionsOf("image");
        Item("train.", detected.WithMarked(engine, RegionsOf("gt"), most).Fit(engine, most));
        Item("val.", detected.Fit(engine, most));
        return _values;
    }

    /// <summary>vilbert, post-retrievalitem: the pair, another caption, another image, a hard caption.</summary>
    public IReadOnlyDictionary<string, T> ViLbertDistractors()
    {
        var most = (int)c.Outputs["features"].Shape[1];
        var own = RegionsOf("image").Fit(engine, most);
        var other = RegionsOf("wrong_image").Fit(engine, most).Over(engine, own);
        ViLbertRegions<T>[] rows = [own, own, other, own];
        _values["features"] = engine.Concat(0, [.. rows.Select(row => row.Features)]);
        _values["spatials"] = engine.Concat(0, [.. rows.Select(row => row.Locations)]);
        _values["image_mask"] = engine.ToInt64(engine.Concat(0, [.. rows.Select(row => row.Mask)]));
        return _values;
    }

    /// <summary>vilbert, post-concap: captions and regions with words and regions hidden, by the draws of the case.</summary>
    public IReadOnlyDictionary<string, T> ViLbertMasking()
    {
        var rows = c.Json.GetProperty("draws").EnumerateArray().Select((draws, row) => new MaskedRow(c, draws, row)).ToArray();
        int length = (int)c.Outputs["input_ids"].Shape[1], width = (int)c.Inputs["0.features"].Shape[1];
        T Longs(Func<MaskedRow, IEnumerable<long>> part, params long[] shape) => engine.Constant([.. rows.SelectMany(part)], shape);
        T Floats(Func<MaskedRow, IEnumerable<float>> part, params long[] shape) => engine.Constant([.. rows.SelectMany(part)], shape);
        long count = rows.Length, boxes = rows[0].Regions.Labels.Length;
        _values["input_ids"] = Longs(row => row.Ids, count, length);
        _values["input_mask"] = Longs(row => row.Mask, count, length);
        _values["segment_ids"] = Longs(row => row.Types, count, length);
        _values["lm_label_ids"] = Longs(row => row.Labels, count, length);
        _values["is_next"] = Longs(row => [row.IsReplaced ? 1 : 0], count);
        _values["image_label"] = Longs(row => row.Regions.Labels, count, boxes);
        _values["masked_label"] = Longs(row => row.Regions.Near.Select(near => near ? 1L : 0), count, boxes);
        _values["objective1.lm_label_ids"] = Longs(row => PretrainingMasks.OfPairsOnly(row.Labels, row.IsReplaced), count, length);
        _values["objective1.image_label"] = Longs(row => PretrainingMasks.OfPairsOnly(row.Regions.Labels, row.IsReplaced), count, boxes);
        _values["image_target"] = Floats(row => row.Features, count, boxes, width);

        var regions = ViLbertRegions<T>
            .Build(
                engine, Floats(row => row.Regions.Features, count, boxes, width), Floats(row => row.Boxes, count, boxes, 4),
                Floats(row => row.ImageSize, count, 2))
            .WithGlobalSum(engine, Floats(row => [row.Regions.MeanDivisor], count, 1, 1));
        _values["image_feat"] = regions.Features;
        _values["image_loc"] = regions.Locations;
        _values["image_mask"] = engine.ToInt64(regions.Mask);
        return _values;
    }

    private void Item(string prefix, ViLbertRegions<T> regions)
    {
        _values[prefix + "features"] = engine.Squeeze(regions.Features, 0);
        _values[prefix + "spatials"] = engine.Squeeze(regions.Locations, 0);
        _values[prefix + "image_mask"] = engine.Squeeze(engine.ToInt64(regions.Mask), 0);
    }
}
