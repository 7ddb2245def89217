using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>Runs the case's model on TorchSharp tensors and compares every value the case names, then whatever a runner adds.</summary>
internal abstract class TorchGoldenRunner : IGoldenRunner
{
    public abstract string System { get; }

    public abstract IReadOnlyCollection<string> Kinds { get; }

    public string Engine => "torch";

    public virtual string? WhyNot(GoldenCase c) => null;

    public virtual void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var weights = c.Has("weights.safetensors") ? c.Weights : null;
        var parameters = List(c) is { } list ? TorchGolden.Parameters(list, weights) : TorchGolden.Parameters(weights);
        var values = Compute(c, parameters);
        Check(c, parameters, values);
    }

    protected abstract IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models);

    /// <summary>The model's parameters; null takes what the case's weights have.</summary>
    protected virtual IEnumerable<ModelParameter>? List(GoldenCase c) => null;

    protected virtual CheckpointTensor InputTensor(GoldenCase c, string name) => c.Inputs[name];

    /// <summary>Whether an output of the case only repeats what the model was given.</summary>
    protected virtual bool IsInput(GoldenCase c, string output) => false;

    protected virtual void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
    }

    private IReadOnlyDictionary<string, Tensor> Compute(GoldenCase c, ModelParameters parameters)
    {
        var engine = new TorchEngine(parameters);
        var values = Values(new GoldenModels<Tensor>(c, engine, name => TorchGolden.ToTensor(InputTensor(c, name))));
        TorchGolden.CheckValues(c, c.Outputs.Names.Where(name => !IsInput(c, name)), values);
        return values;
    }
}

/// <summary>Between golden files and tensors.</summary>
internal static class TorchGolden
{
    /// <summary>A model's parameters with the values of a golden file; tied duplicates are no parameters.</summary>
    public static ModelParameters Parameters(Checkpoint? weights)
    {
        var names = weights is null ? [] : weights.Names.Where(name => name != TiedDecoder).ToArray();
        return Parameters(names.Select(name => new ModelParameter(name, weights![name].Shape, ParameterRole.Weight)), weights);
    }

    /// <summary>Parameters as a list has them, with the values of a golden file.</summary>
    public static ModelParameters Parameters(IEnumerable<ModelParameter> list, Checkpoint? weights)
    {
        var parameters = new ModelParameters(list, torch.CPU);
        if (weights is not null) Assert.Empty(parameters.Load(new Source(weights)));
        return parameters;
    }

    public static Tensor ToTensor(CheckpointTensor tensor) => tensor.ElementType == TensorElementType.Float32
        ? torch.tensor(tensor.ToSingles(), [.. tensor.Shape], dtype: ScalarType.Float32)
        : torch.tensor(tensor.ToInt64s(), [.. tensor.Shape], dtype: ScalarType.Int64);

    /// <summary>The case's outputs of these names are what was computed.</summary>
    public static void CheckValues(GoldenCase c, IEnumerable<string> names, IReadOnlyDictionary<string, Tensor> values)
    {
        foreach (var name in names)
        {
            Assert.True(values.ContainsKey(name), $"{c}: nothing computed for {name}.");
            var value = values[name];
            if (value.dtype == ScalarType.Int64)
                GoldenAssert.Equal(c.Outputs[name], value.data<long>().ToArray(), value.shape, c, name);
            else
                GoldenAssert.Close(c, name, ToArray(value), value.shape);
        }
    }

    /// <summary>Each parameter's gradient is the case's, and those have none that have none there.</summary>
    public static void CheckGradients(GoldenCase c, ModelParameters parameters)
    {
        Assert.All(c.Grads.Names.Where(name => name != TiedDecoder), name => Assert.True(parameters.Contains(name), $"{c}: there is no {name}."));
        HashSet<string>? without = c.Json.TryGetProperty("parameters_without_gradient", out var names)
            ? [.. names.EnumerateArray().Select(name => name.GetString()!)]
            : null;
        foreach (var spec in parameters.Specs)
        {
            var gradient = parameters[spec.Name].grad;
            if (c.Grads.TryGet(spec.Name, out var found))
            {
                Assert.True(gradient is not null, $"{c}: {spec.Name} has no gradient.");
                GoldenAssert.Close(found, ToArray(gradient), gradient.shape, c, spec.Name);
            }
            else if (without is null || without.Contains(spec.Name))
            {
                Assert.True(gradient is null, $"{c}: {spec.Name} has a gradient; the reference has none.");
            }
        }

        if (c.Scalars.TryGetValue("grad_norm", out var norm))
        {
            var total = parameters.Specs.Sum(spec => parameters[spec.Name].grad?.square().sum().ToDouble() ?? 0);
            GoldenAssert.Close(norm, Math.Sqrt(total), c.Tolerance * norm, c, "grad_norm");
        }
    }

    public static float[] ToArray(Tensor tensor) => tensor.detach().to_type(ScalarType.Float32).contiguous().data<float>().ToArray();

    /// <summary>Compares the weights that a run ends with; those that the reference leaves alone are as before.</summary>
    public static void CheckTrained(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, float[]> before)
    {
        foreach (var name in c.Outputs.Names.Where(name => !c.IsExcluded(name)))
        {
            var owner = name == TiedDecoder ? "bert.embeddings.word_embeddings.weight" : name;
            GoldenAssert.Close(c, name, parameters.Read(owner), parameters[owner].shape);
        }

        foreach (var name in c.Json.GetProperty("unchanged_parameters").EnumerateArray().Select(name => name.GetString()!))
            Assert.Equal(before[name], parameters.Read(name));
    }

    private sealed class Source(Checkpoint weights) : IParameterSource
    {
        public bool Contains(string name) => weights.TryGet(name, out _);

        public IReadOnlyList<long> ShapeOf(string name) => weights[name].Shape;

        public float[] Read(string name) => weights[name].ToSingles();
    }

    private const string TiedDecoder = "cls.predictions.decoder.weight";
}

internal sealed class TorchViLbertEncoderRunner : TorchGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["encoder"];

    public override string? WhyNot(GoldenCase c) => GoldenModels<Tensor>.WhyNotViLbert(c);

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.ViLbertEncoder();
}

internal sealed class TorchViLbertTasksRunner : TorchGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["vltasks"];

    public override string? WhyNot(GoldenCase c) => GoldenModels<Tensor>.WhyNotViLbert(c);

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.ViLbertTasks();
}

internal sealed class TorchViLbertBoxesRunner : TorchGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["post-boxes"];

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.ViLbertBoxes();
}

internal sealed class TorchLxmertEncoderRunner : TorchGoldenRunner
{
    public override string System => "lxmert";

    public override IReadOnlyCollection<string> Kinds => ["encoder"];

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.LxmertEncoder();
}

internal sealed class TorchVlBertEncoderRunner : TorchGoldenRunner
{
    public override string System => "vlbert";

    public override IReadOnlyCollection<string> Kinds => ["encoder", "encoder_scale"];

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.VlBertEncoder();
}
