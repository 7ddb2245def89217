using System.Reflection;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Runs a formula of one or a few operations on every engine and holds all of them to numbers worked out by hand.</summary>
internal static class EveryEngine
{
    /// <summary>A formula over an engine whose values are plain objects, so that one lambda serves all engines.</summary>
    public delegate object Formula(IRegionEngine<object> engine, object[] x);

    public static OnnxTensor Floats(float[] values, params long[] dims) => OnnxTensor.Of(values, dims);

    public static OnnxTensor Whole(long[] values, params long[] dims) => OnnxTensor.Of(values, dims);

    /// <summary>Zeros; mostly none at all.</summary>
    public static OnnxTensor Zeros(params long[] dims) => OnnxTensor.Of(new float[dims.Aggregate(1L, (all, size) => all * size)], dims);

    /// <summary>Fails unless every engine gives these numbers, in this shape and type.</summary>
    public static void Gives(OnnxTensor expected, Formula formula, params OnnxTensor[] inputs) =>
        Gives(expected, formula, new Dictionary<string, OnnxTensor>(), inputs);

    /// <inheritdoc cref="Gives(OnnxTensor, Formula, OnnxTensor[])"/>
    public static void Gives(
        OnnxTensor expected, Formula formula, Dictionary<string, OnnxTensor> weights, params OnnxTensor[] inputs)
    {
        Equal(expected, OnGraph(formula, weights, inputs), "graph");
        Equal(expected, OnTorch(formula, weights, inputs), "torch");
        var (shape, parameters) = OnShapes(formula, inputs);
        var fits = shape.Rank == expected.Dims.Length
            && shape.Sizes.Zip(expected.Dims).All(pair => (pair.First ?? pair.Second) == pair.Second);
        Assert.True(fits, $"shapes: {shape}, expected [{string.Join(", ", expected.Dims)}]");
        Assert.Equal(
            weights.Select(weight => $"{weight.Key} [{string.Join(", ", weight.Value.Dims)}]").Order(),
            parameters.Select(parameter => parameter.Spec.ToString()).Order());
    }

    /// <summary>
    /// Fails unless every engine that runs on data refuses; the Torch engine itself must, as errors that libtorch finds may end the
    /// process.
    /// </summary>
    public static void Refuses(Formula formula, params OnnxTensor[] inputs) =>
        Refuses(formula, new Dictionary<string, OnnxTensor>(), inputs);

    /// <inheritdoc cref="Refuses(Formula, OnnxTensor[])"/>
    public static void Refuses(Formula formula, Dictionary<string, OnnxTensor> weights, params OnnxTensor[] inputs)
    {
        Assert.ThrowsAny<Exception>(() => OnGraph(formula, weights, inputs));
        Assert.ThrowsAny<ArgumentException>(() => OnTorch(formula, weights, inputs));
    }

    public static OnnxTensor OnGraph(Formula formula, Dictionary<string, OnnxTensor> weights, params OnnxTensor[] inputs)
    {
        var graph = new GraphBuilder("operation");
        // Unknown sizes: nothing may depend on knowing them while the graph is built.
        object[] values = [.. inputs.Select((x, i) =>
            graph.Input($"x{i}", x.Type, [.. x.Dims.Select((_, axis) => (Dim)$"x{i}.{axis}")]))];
        graph.Output("result", (GraphValue)formula(Erased.Of(new GraphEngine(graph, new Source(weights))), values));
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        return runner.Run(Enumerable.Range(0, inputs.Length).ToDictionary(i => $"x{i}", i => inputs[i]))["result"];
    }

    public static OnnxTensor OnTorch(Formula formula, Dictionary<string, OnnxTensor> weights, params OnnxTensor[] inputs)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters(
            weights.Select(weight => new ModelParameter(weight.Key, weight.Value.Dims, ParameterRole.Weight)), CPU);
        parameters.Load(new Source(weights));
        object[] values = [.. inputs.Select(x => x.Type == OnnxType.Int64
            ? tensor(x.Int64s, x.Dims, dtype: ScalarType.Int64)
            : tensor(x.Singles, x.Dims, dtype: ScalarType.Float32))];
        var result = ((Tensor)formula(Erased.Of(new TorchEngine(parameters)), values)).detach().contiguous();
        // data<T>() of TorchSharp does not stand an empty tensor.
        return result.dtype == ScalarType.Int64
            ? OnnxTensor.Of(result.numel() == 0 ? [] : result.data<long>().ToArray(), result.shape)
            : OnnxTensor.Of(result.numel() == 0 ? [] : result.data<float>().ToArray(), result.shape);
    }

    public static (ShapeValue Shape, IReadOnlyList<ModelParameter> Parameters) OnShapes(Formula formula, params OnnxTensor[] inputs)
    {
        var engine = new ShapeEngine();
        object[] values = [.. inputs.Select(x => new ShapeValue([.. x.Dims.Select(size => (long?)size)]))];
        return ((ShapeValue)formula(Erased.Of(engine), values), engine.Parameters);
    }

    private static void Equal(OnnxTensor expected, OnnxTensor found, string engine)
    {
        Assert.True(expected.Type == found.Type, $"{engine}: {found.Type}, expected {expected.Type}");
        Assert.True(
            expected.Dims.SequenceEqual(found.Dims),
            $"{engine}: [{string.Join(", ", found.Dims)}], expected [{string.Join(", ", expected.Dims)}]");
        var same = expected.Type == OnnxType.Int64
            ? expected.Int64s.SequenceEqual(found.Int64s)
            : expected.Singles.Zip(found.Singles).All(pair => Near(pair.First, pair.Second));
        Assert.True(same, $"{engine}: {Show(found)}, expected {Show(expected)}");
    }

    private static bool Near(float expected, float found) =>
        expected.Equals(found) || Math.Abs(expected - found) <= 1e-6f * Math.Max(1, Math.Abs(expected));

    private static string Show(OnnxTensor tensor) => tensor.Type == OnnxType.Int64
        ? string.Join(" ", tensor.Int64s)
        : string.Join(" ", tensor.Singles);

    private sealed class Source(Dictionary<string, OnnxTensor> weights) : IParameterSource
    {
        public bool Contains(string name) => weights.ContainsKey(name);

        public IReadOnlyList<long> ShapeOf(string name) => weights[name].Dims;

        public float[] Read(string name) => weights[name].Singles;
    }

    /// <summary>Hands the calls of an engine of objects on to an engine of graph values, tensors or shapes.</summary>
    private class Erased : DispatchProxy
    {
        private object _engine = null!;
        private Type _value = null!;

        public static IRegionEngine<object> Of<T>(IRegionEngine<T> engine)
            where T : class
        {
            var proxy = Create<IRegionEngine<object>, Erased>();
            var erased = (Erased)(object)proxy;
            (erased._engine, erased._value) = (engine, typeof(T));
            return proxy;
        }

        protected override object? Invoke(MethodInfo? method, object?[]? arguments)
        {
            var type = method!.DeclaringType!.GetGenericTypeDefinition().MakeGenericType(_value);
            var target = (MethodInfo)MethodBase.GetMethodFromHandle(method.MethodHandle, type.TypeHandle)!;
            return target.Invoke(
                _engine, BindingFlags.DoNotWrapExceptions, null, [.. (arguments ?? []).Select(Typed)], null);
        }

        private object? Typed(object? argument)
        {
            if (argument is not object[] values) return argument;
            var typed = Array.CreateInstance(_value, values.Length);
            values.CopyTo(typed, 0);
            return typed;
        }
    }
}
