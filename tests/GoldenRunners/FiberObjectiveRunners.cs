using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>fiber: losses of pre-training, with gradients and what becomes of the queues.</summary>
internal sealed class TorchFiberObjectiveRunner : IGoldenRunner
{
    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["obj_itc", "obj_itm_hardneg", "obj_itm_false_image"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var config = FiberConfig.Parse(c.Config.GetRawText(), c.ToString());
        var parameters = TorchGolden.Parameters(ShapedInputs.List(config, engine => List(c, engine, config)), c.Weights);
        var engine = new TorchEngine(parameters);
        var loss = c.Kind switch
        {
            "obj_itc" => Contrast(c, engine, config),
            "obj_itm_hardneg" => Match(c, engine, config, FiberPairs.WithChosen(c)),
            _ => Match(c, engine, config, FiberPairs.WithFalseImages(c)),
        };
        loss.backward();
        TorchGolden.CheckGradients(c, parameters);
    }

    private static void List(GoldenCase c, IRegionEngine<ShapeValue> engine, FiberConfig config)
    {
        var inputs = ShapedInputs.Of(config);
        var (trunk, heads) = (new FiberTrunk<ShapeValue>(engine, config), new FiberHeads<ShapeValue>(engine, config));
        if (c.Kind == "obj_itc")
        {
            trunk.EncodeImage(inputs.Pixels!);
            trunk.EncodeText(inputs.InputIds, inputs.AttentionMask);
            heads.Temperature();
            return;
        }

        heads.Match(trunk.Fuse(inputs.InputIds, inputs.AttentionMask, inputs.Pixels!).Joint);
        heads.KeepOthers();
    }

    private static Tensor Contrast(GoldenCase c, TorchEngine engine, FiberConfig config)
    {
        Tensor Weight(string name) => TorchGolden.ToTensor(c.Weights[name]);
        Tensor Given(string name) => TorchGolden.ToTensor(c.Inputs[name]);
        void Same(string name, Tensor value) => GoldenAssert.Close(c, name, TorchGolden.ToArray(value), value.shape);
        var queue = new ContrastQueue(
            Weight("image_queue"), Weight("text_queue"), Weight("image_input_queue"), Weight("text_input_queue"), Weight("text_input_mask_queue"))
        {
            Pointer = c.Weights["queue_ptr"].ToInt64s()[0],
            Total = c.Weights["queue_total"].ToInt64s()[0],
        };
        var (trunk, heads) = (new FiberTrunk<Tensor>(engine, config), new FiberHeads<Tensor>(engine, config));
        var (pixels, ids, masks) = (Given("image"), Given("text_ids"), Given("text_masks"));
        Tensor image = trunk.EncodeImage(pixels).Vector, text = trunk.EncodeText(ids, masks).Vector, temperature = heads.Temperature();
        ContrastObjective.Clamp(temperature);
        GoldenAssert.Close(c.Scalars["temp_after_clamp"], temperature.ToDouble(), c.Tolerance, c, "temp_after_clamp");
        var similarities = ContrastObjective.Compare(image, text, queue, temperature);
        var loss = ContrastObjective.Loss(similarities);
        GoldenAssert.Close(c.Scalars["itc_loss"], loss.ToDouble(), c.Tolerance, c, "itc_loss");
        Same("sampling_weights_t2i", ContrastObjective.NegativeWeights(similarities.OfTexts, queue.Total));
        Same("sampling_weights_i2t", ContrastObjective.NegativeWeights(similarities.OfImages, queue.Total));

        Tensor images = TorchGolden.ToTensor(c.Outputs["neg_image_index"]), texts = TorchGolden.ToTensor(c.Outputs["neg_text_index"]);
        Same("image_neg_checksum", ContrastQueue.Choose(pixels, queue.Kept[0], images).sum([1, 2, 3]));
        Same("text_neg", ContrastQueue.Choose(ids, queue.Kept[1], texts));
        Same("text_mask_neg", ContrastQueue.Choose(masks, queue.Kept[2], texts));

        queue.Add(image, text, pixels, ids, masks);
        Same("image_queue_after", queue.Images);
        Same("text_queue_after", queue.Texts);
        Same("text_input_queue_after", queue.Kept[1]);
        Same("text_input_mask_queue_after", queue.Kept[2]);
        Same("image_input_queue_after_checksum", queue.Kept[0].sum([1, 2, 3]));
        Assert.Equal((c.Outputs["queue_ptr_after"].ToInt64s()[0], c.Outputs["queue_total_after"].ToInt64s()[0]), (queue.Pointer, queue.Total));
        return loss;
    }

    private static Tensor Match(GoldenCase c, TorchEngine engine, FiberConfig config, LabelledPairs pairs)
    {
        var joint = new FiberTrunk<Tensor>(engine, config).Fuse(pairs.Ids, pairs.Masks, pairs.Pixels).Joint;
        var logits = new FiberHeads<Tensor>(engine, config).Match(joint);
        var loss = MatchObjective.Loss(logits, pairs.Labels);
        GoldenAssert.Close(c, "itm_logits", TorchGolden.ToArray(logits), logits.shape);
        GoldenAssert.Close(c, "itm_labels", TorchGolden.ToArray(pairs.Labels), pairs.Labels.shape);
        GoldenAssert.Close(c.Scalars["itm_loss"], loss.ToDouble(), c.Tolerance, c, "itm_loss");
        if (c.Scalars.TryGetValue("itm_accuracy", out var accuracy))
            GoldenAssert.Close(accuracy, FiberGolden.Accuracy(logits, pairs.Labels).ToDouble(), c.Tolerance, c, "itm_accuracy");
        return loss;
    }
}

/// <summary>The pairs of a case.</summary>
internal static class FiberPairs
{
    public static LabelledPairs WithChosen(GoldenCase c)
    {
        Tensor Given(string name) => TorchGolden.ToTensor(c.Inputs[name]);
        Tensor Chosen(string name, string by) => Given(name).index_select(0, Given(by));
        return MatchObjective.WithNegatives(
            Given("text_ids"), Given("text_masks"), Given("image"), Chosen("text_ids", "neg_text_index"), Chosen("text_masks", "neg_text_index"),
            Chosen("image", "neg_image_index"));
    }

    public static LabelledPairs WithFalseImages(GoldenCase c)
    {
        Tensor Given(string name) => TorchGolden.ToTensor(c.Inputs[name]);
        var labels = TorchGolden.ToTensor(c.Outputs["itm_labels"]).to_type(ScalarType.Int64);
        return new(Given("text_ids"), Given("text_masks"), MatchObjective.Images(Given("image"), Given("false_image_0"), labels), labels);
    }
}

/// <summary>fiber, opt_step: groups of parameters, rates and updates.</summary>
internal sealed class TorchFiberOptimizationRunner : IGoldenRunner
{
    private const string Updated = "updated.";

    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["opt_step"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var config = FiberConfig.Parse(c.Config.GetRawText(), c.ToString());
        var parameters = TorchGolden.Parameters(ShapedInputs.List(config, engine => List(engine, config)), c.Weights);
        double Number(string option) => c.Config.GetProperty(option).GetDouble();
        double rate = Number("learning_rate"), total = Number("max_steps"), warmup = Number("warmup_steps");
        var options = new VisualQuestionAnsweringOptions
        {
            Model = config,
            LearningRate = rate,
            HeadLearningRate = rate * Number("lr_mult_head"),
            CrossLearningRate = rate * Number("lr_mult_cross_modal"),
            WeightDecay = Number("weight_decay"),
            Beta2 = 0.98,
            Epsilon = 1e-8,
            CorrectBias = true,
            WarmupProportion = (warmup < 1 ? Math.Truncate(warmup * total) : warmup) / total,
            DecayPower = Number("decay_power"),
            FinalLearningRate = Number("end_lr"),
        };
        using var optimizer = ParameterGroups.Optimizer(parameters, options);
        var schedule = ParameterGroups.Schedule(options, (long)total);
        CheckGroups(c, optimizer.Groups);

        var rates = c.Outputs["lr_per_step"];
        var perStep = rates.ToSingles();
        var settings = c.Json.GetProperty("group_settings").EnumerateArray().Select(group => group.GetProperty("lr").GetDouble()).ToList();
        for (var step = 0; step < rates.Shape[0]; step++)
        {
            using var inner = NewDisposeScope();
            var loss = Loss(c, new TorchEngine(parameters), config);
            GoldenAssert.Close(c.Scalars[$"loss_step{step}"], loss.ToDouble(), c.Tolerance, c, $"loss_step{step}");
            loss.backward();
            for (var group = 0; group < settings.Count; group++)
                GoldenAssert.Close(perStep[(step * settings.Count) + group], settings[group] * schedule.At(step), 1e-9, c, $"lr {step} {group}");
            optimizer.Step(schedule.At(step));
            optimizer.ZeroGradients();
        }

        foreach (var name in c.Outputs.Names.Where(name => name.StartsWith(Updated, StringComparison.Ordinal)))
        {
            var own = name[Updated.Length..];

            // Its memory is that of the second row of the head that tells pairs.
            var values = own.StartsWith(FiberNames.Rank, StringComparison.Ordinal)
                ? parameters[FiberNames.Match + own[FiberNames.Rank.Length..]].slice(0, 1, 2, 1)
                : parameters[own];
            GoldenAssert.Close(c, name, TorchGolden.ToArray(values), values.shape);
        }
    }

    private static void List(IRegionEngine<ShapeValue> engine, FiberConfig config)
    {
        var inputs = ShapedInputs.Of(config);
        var (trunk, heads) = (new FiberTrunk<ShapeValue>(engine, config), new FiberHeads<ShapeValue>(engine, config));
        var states = trunk.Fuse(inputs.InputIds, inputs.AttentionMask, inputs.Pixels!);
        heads.PredictWords(states.Text);
        heads.Match(states.Joint);
        heads.Rank(states.Joint);
        heads.KeepOthers();
    }

    private static Tensor Loss(GoldenCase c, TorchEngine engine, FiberConfig config)
    {
        var (trunk, heads) = (new FiberTrunk<Tensor>(engine, config), new FiberHeads<Tensor>(engine, config));
        Tensor Given(string name) => TorchGolden.ToTensor(c.Inputs[name]);
        var words = MaskedTokens.Loss(
            heads.PredictWords(trunk.Fuse(Given("text_ids_mlm"), Given("text_masks"), Given("image")).Text),
            FiberGolden.Labels(Given("text_labels_mlm")));
        var pairs = FiberPairs.WithChosen(c);
        var matches = MatchObjective.Loss(heads.Match(trunk.Fuse(pairs.Ids, pairs.Masks, pairs.Pixels).Joint), pairs.Labels);
        return Scalars.Add(words, matches);
    }

    private static void CheckGroups(GoldenCase c, IReadOnlyList<ParameterGroup> groups)
    {
        var settings = c.Json.GetProperty("group_settings");
        var expected = c.Json.GetProperty("groups").EnumerateObject().Select(pair =>
        {
            var group = settings[pair.Value.GetInt32()];
            return (pair.Name, Rate: group.GetProperty("lr").GetDouble(), Decay: group.GetProperty("weight_decay").GetDouble());
        });
        Assert.Equal(
            expected.Select(group => $"{group.Name} {group.Rate:R} {group.Decay:R}").Order(StringComparer.Ordinal),
            groups.Select(group => $"{group.Name} {group.LearningRate:R} {group.WeightDecay:R}").Order(StringComparer.Ordinal));
    }
}

/// <summary>fiber, lr_schedule: warm-up, then a power of what is left, or half a cosine.</summary>
internal sealed class FiberScheduleRunner : IGoldenRunner
{
    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["lr_schedule"];

    public string Engine => "data";

    public void Run(GoldenCase c)
    {
        double Number(string option) => c.Config.GetProperty(option).GetDouble();
        double rate = Number("lr"), total = Number("max_steps");
        foreach (var variant in c.Config.GetProperty("variants").EnumerateObject())
        {
            var (power, warmup) = (variant.Value[0], variant.Value[1].GetDouble());
            var isCosine = power.ValueKind == global::System.Text.Json.JsonValueKind.String;
            var isShare = variant.Value[1].GetRawText().Contains('.', StringComparison.Ordinal);
            var schedule = new ScheduleFactor(
                isCosine ? LearningRateSchedule.WarmupCosine : LearningRateSchedule.WarmupLinear, isShare ? Math.Truncate(warmup * total) : warmup, total)
            {
                Power = isCosine ? 1 : power.GetDouble(),
                End = Number("end_lr") / rate,
            };
            float[] rates = [.. c.Inputs["steps"].ToInt64s().Select(step => (float)(rate * schedule.At(step)))];
            GoldenAssert.Close(c, $"lr.{variant.Name}", rates, [rates.Length]);
        }
    }
}

/// <summary>fiber, metrics: accuracy over labelled rows, and the score of soft answers.</summary>
internal sealed class TorchFiberMetricsRunner : IGoldenRunner
{
    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["metrics"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        Tensor Given(string name) => TorchGolden.ToTensor(c.Inputs[name]);
        var logits = Given("logits");
        GoldenAssert.Close(
            c.Scalars["accuracy"], FiberGolden.Accuracy(logits, FiberGolden.Labels(Given("target"))).ToDouble(), c.Tolerance, c, "accuracy");
        GoldenAssert.Close(
            c.Scalars["vqa_score"], AnswerObjective.Score(logits, Given("vqa_target")).ToDouble() / logits.shape[0], c.Tolerance, c, "vqa_score");
    }
}

/// <summary>fiber, relpos_interp: tables of relative positions at another resolution.</summary>
internal sealed class FiberTableRunner : IGoldenRunner
{
    private const string Adapted = "adapted.";

    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["relpos_interp"];

    public string Engine => "data";

    public void Run(GoldenCase c)
    {
        foreach (var name in c.Outputs.Names)
        {
            var resized = SwinTables.Resized(name, c.Inputs[name[Adapted.Length..]], c.Outputs[name].Shape);
            Assert.NotNull(resized);
            GoldenAssert.Close(c, name, resized.ToSingles(), resized.Shape);
        }
    }
}
