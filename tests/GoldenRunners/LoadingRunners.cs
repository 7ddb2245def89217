using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>What a model holds after weights of another were loaded into it.</summary>
internal abstract class LoadingRunner : IGoldenRunner
{
    public abstract string System { get; }

    public abstract IReadOnlyCollection<string> Kinds { get; }

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        using var before = Checkpoint.Open(c.FilePath("weights_before.safetensors"));
        var model = Model(c);
        IReadOnlyList<ModelParameter> list = [.. List(c, model).Where(parameter => before.TryGet(NameIn(parameter.Name), out _))];
        using var parameters = new ModelParameters(list, CPU);
        Assert.Empty(parameters.Load(ParameterMatch.Match(before, list.Select(parameter => parameter.Spec), model.CheckpointNames).Source));
        var missing = Load(c, model, parameters);
        var tied = model.CheckpointNames.Aliases;
        foreach (var name in c.Outputs.Names)
        {
            var own = list.FirstOrDefault(parameter => NameIn(parameter.Name) == name)?.Name
                ?? tied.Single(pair => pair.Key.EndsWith(name, StringComparison.Ordinal)).Value;
            GoldenAssert.Close(c, name, parameters.Read(own), parameters[own].shape);
        }

        if (c.Json.TryGetProperty("unchanged", out var unchanged))
            Assert.Equal(unchanged.EnumerateArray().Select(name => name.GetString()!).Order(), missing.Select(NameIn).Order());
    }

    /// <summary>What the case calls a parameter.</summary>
    protected virtual string NameIn(string parameter) => parameter;

    protected abstract VisionLanguageModel Model(GoldenCase c);

    protected abstract IEnumerable<ModelParameter> List(GoldenCase c, VisionLanguageModel model);

    protected abstract IReadOnlyList<string> Load(GoldenCase c, VisionLanguageModel model, ModelParameters parameters);
}

/// <summary>lxmert, load_qa: the answer classifier from the rows of the table of answers.</summary>
internal sealed class LxmertAnswerTableRunner : LoadingRunner
{
    public override string System => "lxmert";

    public override IReadOnlyCollection<string> Kinds => ["load_qa"];

    protected override VisionLanguageModel Model(GoldenCase c) => LxmertConfig.Parse(c.Config.GetRawText(), c.ToString());

    protected override IEnumerable<ModelParameter> List(GoldenCase c, VisionLanguageModel model) =>
        Network(model, Answers(c).Length).Parameters();

    protected override IReadOnlyList<string> Load(GoldenCase c, VisionLanguageModel model, ModelParameters parameters)
    {
        var table = new LxmertAnswerTable(AnswerList.Load(c.FilePath("all_ans.json")));
        foreach (var example in c.Json.GetProperty("convert").EnumerateArray())
        {
            Assert.Equal(example[1].GetString(), LxmertAnswerTable.Convert(example[0].GetString()!));
            Assert.Equal(example[2].GetBoolean(), table.Find(example[0].GetString()!) is not null);
        }

        using var checkpoint = Checkpoint.Open(c.FilePath("model_LXRT.pth"));
        var network = Network(model, table.Count);
        var match = CheckpointMatcher.Match(checkpoint, model, network.Parameters());
        return parameters.Load(table.For(match.Source, network.Head.Classes!.Value.Output, Answers(c)));
    }

    private static TaskNetwork Network(VisionLanguageModel model, int answers) =>
        new(model, model.FindAnswerClassifier(AnswerHead.Vqa), answers);

    private static string[] Answers(GoldenCase c) =>
        [.. c.Config.GetProperty("label2ans").EnumerateArray().Select(answer => answer.GetString()!)];
}

/// <summary>vlbert, partial_pretrain: question answering from a pre-training checkpoint, whose word head's transform it takes.</summary>
internal sealed class VlBertPartialRunner : LoadingRunner
{
    public override string System => "vlbert";

    public override IReadOnlyCollection<string> Kinds => ["partial_pretrain"];

    protected override VisionLanguageModel Model(GoldenCase c) =>
        VlBertConfig.Parse(c.Config.GetProperty("task").GetRawText(), c.ToString()) with { MaskTokenId = 4 };

    protected override IEnumerable<ModelParameter> List(GoldenCase c, VisionLanguageModel model) => new TaskNetwork(
        model, model.FindAnswerClassifier(AnswerHead.Vqa), (int)c.Outputs["final_mlp.2.bias"].Count).Parameters();

    protected override IReadOnlyList<string> Load(GoldenCase c, VisionLanguageModel model, ModelParameters parameters)
    {
        using var checkpoint = Checkpoint.Open(c.FilePath("pretrained.model"));
        return parameters.Load(CheckpointMatcher.Match(checkpoint, model, parameters.Specs));
    }
}

/// <summary>vlbert, load_bert: pre-training from a BERT, whose segments are fewer.</summary>
internal sealed class VlBertFromBertRunner : LoadingRunner
{
    public override string System => "vlbert";

    public override IReadOnlyCollection<string> Kinds => ["load_bert"];

    protected override string NameIn(string parameter) => parameter.StartsWith(VlBertTrunk.Prefix, StringComparison.Ordinal)
        ? parameter[VlBertTrunk.Prefix.Length..]
        : parameter;

    protected override VisionLanguageModel Model(GoldenCase c) => VlBertConfig.Parse(c.Config.GetRawText(), c.ToString());

    protected override IEnumerable<ModelParameter> List(GoldenCase c, VisionLanguageModel model) =>
        PretrainingShapes.VlBert((VlBertConfig)model, texts: false);

    protected override IReadOnlyList<string> Load(GoldenCase c, VisionLanguageModel model, ModelParameters parameters)
    {
        using var checkpoint = Checkpoint.Open(c.FilePath("pytorch_model.bin"));
        return parameters.Load(CheckpointMatcher.Match(checkpoint, model, parameters.Specs));
    }
}

/// <summary>What pre-training learns.</summary>
internal static class PretrainingShapes
{
    public static IReadOnlyList<ModelParameter> Lxmert(LxmertConfig model, int answers) => ShapedInputs.List(
        model,
        engine => new LxmertHeads<ShapeValue>(engine, model).Pretrain(
            model.Build(engine, ShapedInputs.Of(model), LxmertConfig.PretrainingTrunk), answers));

    public static IReadOnlyList<ModelParameter> VlBert(VlBertConfig model, bool texts)
    {
        var inputs = ShapedInputs.Of(model);
        var text = new VlBertText<ShapeValue>(inputs.InputIds, inputs.TokenTypeIds, inputs.AttentionMask);
        return ShapedInputs.List(model, engine => new VlBertPretraining<ShapeValue>(engine, model).Run(
            text, VlBertRegions<ShapeValue>.Build(engine, inputs.RegionFeatures, inputs.RegionBoxes, inputs.ImageSize), inputs.ImageSize,
            new(null, null), texts ? text : null));
    }
}
