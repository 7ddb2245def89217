using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class ModuleTests
{
    private sealed class Inner : nn.Module<Tensor, Tensor>
    {
        private readonly Linear query = nn.Linear(2, 2);
        private readonly LayerNorm LayerNorm = nn.LayerNorm(2, eps: 1e-12);

        public Inner() : base(nameof(Inner)) => RegisterComponents();

        public override Tensor forward(Tensor x) => LayerNorm.call(query.call(x));
    }

    private sealed class Outer : nn.Module<Tensor, Tensor?, Tensor>
    {
        private readonly Embedding word_embeddings = nn.Embedding(5, 2);
        private readonly ModuleList<Inner> layer = new(new Inner(), new Inner());
        private readonly Parameter bias = nn.Parameter(zeros(2));
        [ComponentName(Name = "scale")] private readonly Parameter _scale = nn.Parameter(ones(2));
        private readonly Tensor position_ids = arange(3);
        private readonly Parameter @params = nn.Parameter(zeros(1));
        private readonly Linear? absent = null;

        public Outer() : base(nameof(Outer))
        {
            register_buffer("scratch", zeros(1), persistent: false);
            RegisterComponents();
        }

        public bool HasAbsent => absent is not null;

        public int Positions => (int)position_ids.numel();

        public Parameter Params => @params;

        public override Tensor forward(Tensor ids, Tensor? extra)
        {
            var h = word_embeddings.call(ids) * _scale + bias;
            foreach (var l in layer) h = l.call(h);
            return extra is null ? h : h + extra;
        }
    }

    private static readonly string[] ParameterNames =
    [
        "bias", "scale", "params", "word_embeddings.weight", "layer.0.query.weight", "layer.0.query.bias", "layer.0.LayerNorm.weight",
        "layer.0.LayerNorm.bias", "layer.1.query.weight", "layer.1.query.bias", "layer.1.LayerNorm.weight", "layer.1.LayerNorm.bias"
    ];

    [Fact]
    public void FieldsGiveTheNames()
    {
        using var outer = new Outer();
        var names = outer.named_parameters().Select(p => p.name).ToList();
        Assert.Equal(ParameterNames.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.Equal(3, outer.named_parameters(recurse: false).Count());
        Assert.Equal(12, outer.parameters().Count());
        Assert.Contains("position_ids", outer.named_buffers().Select(b => b.name));
        Assert.Contains(outer.buffers(), b => b.numel() == 3);
        Assert.Equal(["word_embeddings", "layer"], outer.named_children().Select(c => c.name));
        Assert.Equal(2, outer.children().Count());
        Assert.Contains("layer.1.LayerNorm", outer.named_modules().Select(m => m.name));
        Assert.Equal(outer.named_modules().Count(), outer.modules().Count());
        Assert.Equal("Outer", outer.GetName());
        Assert.False(outer.HasAbsent);
    }

    [Fact]
    public void StateListsParametersThenPersistentBuffers()
    {
        using var outer = new Outer();
        var state = outer.state_dict();
        Assert.Equal([.. outer.named_parameters().Select(p => p.name), "position_ids"], state.Keys);
        Assert.Equal(13, outer.state_dict(prefix: "bert").Keys.Count(k => k.StartsWith("bert.", StringComparison.Ordinal)));
        Assert.True(outer.has_parameter("layer.1.query.weight"));
        Assert.False(outer.has_parameter("layer.2.query.weight"));
        Assert.True(outer.has_buffer("position_ids"));
        Assert.Equal(3, outer.get_buffer("position_ids")!.numel());
        Assert.Same(outer.Params, outer.get_parameter("params"));
        Expect.Shape(outer.get_parameter("layer.0.query.weight")!, 2, 2);
        Assert.True(outer.get_parameter("nothing.here") is null);
    }

    [Fact]
    public void StateLoadsIntoTheLiveTensors()
    {
        using var scope = NewDisposeScope();
        using var a = new Inner();
        using var b = new Inner();
        var x = randn(3, 2);
        Assert.False(a.call(x).allclose(b.call(x)));
        var (missing, unexpected) = b.load_state_dict(a.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.True(a.call(x).allclose(b.call(x)));
        var partial = new Dictionary<string, Tensor> { ["query.weight"] = zeros(2, 2), ["other"] = zeros(1) };
        Assert.Throws<InvalidOperationException>(() => b.load_state_dict(partial));
        (missing, unexpected) = b.load_state_dict(partial, strict: false);
        Assert.Equal(["LayerNorm.bias", "LayerNorm.weight", "query.bias"], missing.Order(StringComparer.Ordinal));
        Assert.Equal(["other"], unexpected);
        Expect.Values(b.get_parameter("query.weight")!, 0, 0, 0, 0);
        b.load_state_dict(new() { ["query.weight"] = ones(2, 2) }, false, ["query.weight"]);
        Expect.Values(b.get_parameter("query.weight")!, 0, 0, 0, 0);
    }

    [Fact]
    public void TrainingModeReachesEveryModule()
    {
        using var outer = new Outer();
        Assert.True(outer.training);
        outer.eval();
        Assert.All(outer.modules(), m => Assert.False(m.training));
        outer.train();
        Assert.All(outer.modules(), m => Assert.True(m.training));
        outer.train(false);
        Assert.False(outer.training);
        var seen = 0;
        outer.apply(_ => seen++);
        Assert.Equal(outer.modules().Count() + 1, seen);
    }

    [Fact]
    public void GradientsAreClearedOrZeroed()
    {
        using var scope = NewDisposeScope();
        using var outer = new Outer();
        outer.call(arange(3), null).pow(3).sum().backward();
        var parameter = outer.get_parameter("layer.1.LayerNorm.bias")!;
        Assert.False(parameter.grad!.eq(0).all().ToBoolean());
        outer.zero_grad(set_to_none: false);
        Assert.True(parameter.grad!.eq(0).all().ToBoolean());
        outer.zero_grad();
        Assert.True(parameter.grad is null);
        Assert.All(outer.parameters(), p => Assert.True(p.grad is null));
    }

    [Fact]
    public void AMoveReplacesParametersOnlyWhenItChangesThem()
    {
        using var scope = NewDisposeScope();
        using var outer = new Outer();
        var old = outer.Params;
        outer.to(CPU);
        outer.cpu();
        Assert.Same(old, outer.Params);
        Assert.Same(outer, outer.to(ScalarType.Float64));
        Assert.True(old.IsInvalid);
        Assert.NotSame(old, outer.Params);
        Assert.Same(outer.Params, outer.get_parameter("params"));
        Assert.All(outer.parameters(), p => Assert.Equal(ScalarType.Float64, p.dtype));
        Assert.All(outer.parameters(), p => Assert.True(p.requires_grad));
        Assert.Equal(ScalarType.Int64, outer.get_buffer("position_ids")!.dtype);
        Assert.Equal(ScalarType.Float64, outer.call(arange(3), null).dtype);
        Assert.Equal(ScalarType.Float32, outer.@float().Params.dtype);
        Assert.Equal(ScalarType.BFloat16, outer.bfloat16().Params.dtype);
        Assert.Equal(ScalarType.Float16, outer.half().Params.dtype);
        Assert.Equal(ScalarType.Float64, outer.@double().Params.dtype);
        Assert.Equal(ScalarType.Float32, outer.to(CPU, ScalarType.Float32).Params.dtype);
        Assert.Throws<ArgumentException>(() => outer.to(ScalarType.Int64));
    }

    [Fact]
    public void MovedParametersOutliveTheScopeOfTheMove()
    {
        using var outer = new Outer();
        using (NewDisposeScope()) outer.to(ScalarType.Float64);
        Assert.All(outer.parameters(), p => Assert.False(p.IsInvalid));
        Assert.Equal(3, outer.Positions);
    }

    [Fact]
    public void RegistrationRefusesWhatCannotBe()
    {
        using var scope = NewDisposeScope();
        using var module = new Inner();
        Assert.Throws<ArgumentException>(() => module.register_module("a.b", nn.GELU()));
        Assert.Throws<ArgumentException>(() => module.register_module("", nn.GELU()));
        Assert.Throws<InvalidOperationException>(() => module.register_module("query", nn.GELU()));
        module.register_parameter("dotted.name", nn.Parameter(zeros(1)));
        Assert.Throws<InvalidOperationException>(() => module.register_parameter("dotted.name", nn.Parameter(zeros(1))));
        Assert.Throws<ArgumentNullException>(() => module.register_parameter("none", null!));
        Assert.Throws<ArgumentNullException>(() => module.register_buffer("none", null!));
        module.register_buffer("twice", zeros(1));
        Assert.Throws<InvalidOperationException>(() => module.register_buffer("twice", zeros(1)));
        module.add_module("late", nn.Linear(1, 1));
        Assert.Contains("late.weight", module.state_dict().Keys);
    }

    [Fact]
    public void AParameterTakesOverItsTensor()
    {
        var data = zeros(2);
        using var parameter = nn.Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
        using var frozen = new Parameter(zeros(2), requires_grad: false);
        Assert.False(frozen.requires_grad);
        using var converted = ones(1).AsParameter();
        Expect.Values(converted, 1);
    }

    [Fact]
    public void BuiltInLayersOutliveTheScopeTheyWereMadeIn()
    {
        Linear linear;
        using (NewDisposeScope()) linear = nn.Linear(2, 2);
        Assert.All(linear.parameters(), p => Assert.False(p.IsInvalid));
        linear.Dispose();
        Assert.Empty(linear.parameters());
    }

    [Fact]
    public void HooksSeeAndReplace()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Identity();
        var before = module.register_forward_pre_hook((_, input) => input + 1);
        var after = module.register_forward_hook((_, _, output) => output * 10);
        Expect.Values(module.call(ones(1)), 20);
        Expect.Values(module.forward(ones(1)), 1);
        before.remove();
        Expect.Values(module.call(ones(1)), 10);
        after.remove();
        Expect.Values(module.call(ones(1)), 1);
    }

    private sealed class Three() : nn.Module<Tensor, int, Tensor, Tensor>(nameof(Three))
    {
        public override Tensor forward(Tensor a, int n, Tensor b) => a * n + b;
    }

    private sealed class Four() : nn.Module<Tensor, Tensor, Tensor, Tensor, (Tensor, Tensor)>(nameof(Four))
    {
        public override (Tensor, Tensor) forward(Tensor a, Tensor b, Tensor c, Tensor d) => (a + b, c + d);
    }

    private sealed class Five() : nn.Module<int, int, int, int, int, int>(nameof(Five))
    {
        public override int forward(int a, int b, int c, int d, int e) => a + b + c + d + e;
    }

    private sealed class Six() : nn.Module<int, int, int, int, int, int, int>(nameof(Six))
    {
        public override int forward(int a, int b, int c, int d, int e, int f) => a * b * c * d * e * f;
    }

    [Fact]
    public void ModulesOfEveryNumberOfInputs()
    {
        using var scope = NewDisposeScope();
        Expect.Values(new Three().call(ones(1), 3, ones(1)), 4);
        var (left, right) = new Four().call(ones(1), ones(1), ones(1), zeros(1));
        Expect.Values(left, 2);
        Expect.Values(right, 1);
        Assert.Equal(15, new Five().call(1, 2, 3, 4, 5));
        var six = new Six();
        Assert.Equal(720, six.call(1, 2, 3, 4, 5, 6));
        six.register_forward_pre_hook((_, a, b, c, d, e, f) => (2, b, c, d, e, f));
        Assert.Equal(1440, six.call(1, 2, 3, 4, 5, 6));
    }
}
