using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>What the caller asked of the session; null threads mean the environment's options.</summary>
internal readonly record struct OnnxSessionRequest(int? GpuDeviceId, bool FallbackToCpu, int? InterOpNumThreads, int? IntraOpNumThreads);

/// <summary>An input or output: the shape for ONNX Runtime (-1 unknown) and the column's type.</summary>
internal sealed record OnnxNode(string Name, int[] Shape, DataViewType Type);

/// <summary>A session and what it takes and gives.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly List<OnnxNode> _initializers;
    private bool _disposed;

    public OnnxModel(IHostEnvironment env, OnnxModelFile file, OnnxSessionRequest request, IDictionary<string, int[]> shapes)
    {
        File = file;
        _session = OpenSession(env, file.Path, request);
        try
        {
            var types = OnnxFileTypes.Read(file.Path);
            foreach (var initializer in types.Initializers)
                OnnxTypes.ScalarType(initializer.ElementType);
            var inputTypes = types.Inputs.ToDictionary(x => x.Name, OnnxTypes.ColumnType);
            var outputTypes = types.Outputs.ToDictionary(x => x.Name, OnnxTypes.ColumnType);
            Inputs = Nodes(_session.InputMetadata, shapes, inputTypes);
            Outputs = Nodes(_session.OutputMetadata, shapes, outputTypes);
            _initializers = Nodes(_session.OverridableInitializerMetadata, shapes, inputTypes);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public OnnxModelFile File { get; }
    public List<OnnxNode> Inputs { get; }
    public List<OnnxNode> Outputs { get; }

    public OnnxNode GetInput(string name)
        => Inputs.Find(x => x.Name == name) ?? _initializers.Find(x => x.Name == name)
            ?? throw new ArgumentOutOfRangeException(nameof(name), name,
                $"Input tensor, {name}, does not exist in the ONNX model. Available input names are [{Names(Inputs)}]. "
                + $"Available initializers are [{Names(_initializers)}]");

    public OnnxNode GetOutput(string name)
        => Outputs.Find(x => x.Name == name)
            ?? throw new ArgumentOutOfRangeException(nameof(name), name,
                $"Ouput tensor, {name}, does not exist in the ONNX model. Available output names are [{Names(Outputs)}].");

    public IDisposableReadOnlyCollection<DisposableNamedOnnxValue> Run(
        IReadOnlyCollection<NamedOnnxValue> inputs, IReadOnlyCollection<string> outputs)
        => _session.Run(inputs, outputs);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _session.Dispose();
        File.Dispose();
    }

    private static InferenceSession OpenSession(IHostEnvironment env, string path, OnnxSessionRequest request)
    {
        var options = (env is IHostEnvironmentInternal ? env.GetOnnxSessionOption() : null) ?? new OnnxSessionOptions();
        if (!options.PerSessionThreads && !OrtEnv.IsCreated)
        {
            var creation = new EnvironmentCreationOptions
            {
                threadOptions = new OrtThreadingOptions
                {
                    GlobalInterOpNumThreads = options.GlobalInterOpNumThreads,
                    GlobalIntraOpNumThreads = options.GlobalIntraOpNumThreads,
                },
            };
            OrtEnv.CreateInstanceWithOptions(ref creation);
        }
        if (options.CreateSessionOptions is not null)
            return new InferenceSession(path, options.CreateSessionOptions());
        if (request.GpuDeviceId is { } device)
        {
            try
            {
                return Open(SessionOptions.MakeSessionOptionWithCudaProvider(device));
            }
            catch (OnnxRuntimeException) when (request.FallbackToCpu)
            {
                return Open(new SessionOptions());
            }
        }
        return Open(new SessionOptions());

        InferenceSession Open(SessionOptions session)
        {
            using (session)
            {
                options.CopyTo(session);
                session.InterOpNumThreads = request.InterOpNumThreads ?? options.InterOpNumThreads;
                session.IntraOpNumThreads = request.IntraOpNumThreads ?? options.IntraOpNumThreads;
                return new InferenceSession(path, session);
            }
        }
    }

    private static List<OnnxNode> Nodes(
        IReadOnlyDictionary<string, NodeMetadata> metadata, IDictionary<string, int[]> shapes, Dictionary<string, DataViewType> types)
    {
        var result = new List<OnnxNode>();
        foreach (var (name, meta) in metadata)
        {
            if (name.StartsWith("mlnet.", StringComparison.Ordinal)
                && (name.EndsWith(".unusedInput", StringComparison.Ordinal) || name.EndsWith(".unusedOutput", StringComparison.Ordinal)))
            {
                continue;
            }
            var type = types[name];
            int[] shape = [.. meta.Dimensions];
            if (shapes is not null && shapes.TryGetValue(name, out var given))
            {
                if (given.Length != shape.Length || given.Zip(shape).Any(x => x.First != x.Second && x.First > 0 && x.Second > 0))
                {
                    throw new ArgumentOutOfRangeException("shapeDictionary", string.Join(",", given),
                        $"The specified shape {string.Join(",", given)} is not compatible with the shape {string.Join(",", shape)} loaded from "
                        + "the ONNX model file. Only unknown dimension can replace or be replaced by another dimension.");
                }
                if (type is VectorDataViewType vector)
                {
                    type = given.All(x => x > 0)
                        ? new VectorDataViewType(vector.ItemType, given)
                        : new VectorDataViewType(vector.ItemType);
                }
                shape = [.. given];
            }
            result.Add(new OnnxNode(name, shape, type));
        }
        return result;
    }

    private static string Names(List<OnnxNode> nodes) => string.Join(",", nodes.Select(x => x.Name));
}
