using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Onnx;

[assembly: ModelLoader("OnnxTransform", typeof(OnnxTransformer))]

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Runs an ONNX model on each row: columns named as its inputs go in, columns named as its outputs come out.</summary>
public sealed class OnnxTransformer : RowToRowTransformerBase, IDisposable
{
    private readonly IDictionary<string, int[]> _shapes;
    private readonly int _recursionLimit;

    internal OnnxTransformer(
        IHostEnvironment env, OnnxModelFile file, OnnxSessionRequest session, string[] inputs, string[] outputs,
        IDictionary<string, int[]> shapes, int recursionLimit)
        : base(env.Register(nameof(OnnxTransformer)))
    {
        foreach (var name in inputs)
            ArgumentException.ThrowIfNullOrWhiteSpace(name, "InputColumns");
        foreach (var name in outputs)
            ArgumentException.ThrowIfNullOrWhiteSpace(name, "OutputColumns");
        (_shapes, _recursionLimit) = (shapes, recursionLimit);
        try
        {
            Model = new OnnxModel(env, file, session, shapes);
        }
        catch (OnnxRuntimeException e)
        {
            file.Dispose();
            throw new InvalidOperationException($"Error initializing model :{e}", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        Inputs = inputs.Length > 0 ? inputs : [.. Model.Inputs.Select(x => x.Name)];
        Outputs = outputs.Length > 0 ? outputs : [.. Model.Outputs.Select(x => x.Name)];
        OutputTypes = [.. Outputs.Select(x => Model.GetOutput(x).Type)];
    }

    internal OnnxModel Model { get; }
    internal string[] Inputs { get; }
    internal string[] Outputs { get; }
    internal DataViewType[] OutputTypes { get; }

    public void Dispose() => Model.Dispose();

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new OnnxRowMapper(this, schema);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo("ONNXSCOR", "OnnxTransform", typeof(OnnxTransformer).Assembly);
        ctx.SaveBinaryStream("OnnxModel", Model.File.Save);
        SaveNames(ctx, Inputs);
        SaveNames(ctx, Outputs);
        ctx.Writer.Write(_shapes?.Count ?? 0);
        foreach (var (name, shape) in _shapes ?? new Dictionary<string, int[]>())
        {
            ctx.SaveString(name);
            ctx.Writer.Write(shape.Length);
            foreach (var dimension in shape)
                ctx.Writer.Write(dimension);
        }
        ctx.Writer.Write(_recursionLimit);
    }

    private static OnnxTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        OnnxModelFile file = null;
        if (!ctx.TryLoadBinaryStream("OnnxModel", (stream, _) => file = OnnxModelFile.Load(env, stream)))
            throw new FormatException("The saved model is corrupt: it has no ONNX model.");
        var inputs = LoadNames(ctx);
        var outputs = LoadNames(ctx);
        var shapes = new Dictionary<string, int[]>();
        for (var remaining = LoadCount(ctx, 0); remaining > 0; remaining--)
        {
            var name = ctx.LoadString();
            var shape = new int[LoadCount(ctx, 0)];
            for (var i = 0; i < shape.Length; i++)
                shape[i] = ctx.Reader.ReadInt32();
            shapes.Add(name, shape);
        }
        var recursionLimit = ctx.Reader.ReadInt32();
        var local = env as IHostEnvironmentInternal;
        var session = new OnnxSessionRequest(local?.GpuDeviceId, local?.FallbackToCpu ?? false, null, null);
        return new OnnxTransformer(env, file, session, inputs, outputs, shapes, recursionLimit);
    }

    private static void SaveNames(ModelSaveContext ctx, string[] names)
    {
        ctx.Writer.Write(names.Length);
        foreach (var name in names)
            ctx.SaveString(name);
    }

    private static string[] LoadNames(ModelLoadContext ctx)
    {
        var names = new string[LoadCount(ctx, 1)];
        for (var i = 0; i < names.Length; i++)
            names[i] = ctx.LoadString();
        return names;
    }

    private static int LoadCount(ModelLoadContext ctx, int least)
    {
        const int Most = 1 << 16;
        var count = ctx.Reader.ReadInt32();
        return count >= least && count <= Most
            ? count
            : throw new FormatException($"The saved model is corrupt: a list of {count} names or numbers.");
    }
}
