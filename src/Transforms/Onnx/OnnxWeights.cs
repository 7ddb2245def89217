using System.Runtime.InteropServices;
using Google.Protobuf;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>The weights in a model file that <see cref="GraphBuilder"/> wrote, as they were given to it; read one by one.</summary>
internal sealed class OnnxWeights : IParameterSource, IDisposable
{
    // Field numbers of the ONNX schema, as in onnx.proto.
    private const int ModelGraph = 7;
    private const int GraphInitializer = 5;
    private const int TensorRawData = 9;

    private readonly FileStream _file;
    private readonly Dictionary<string, (TensorProto Head, long Start, long Length)> _weights = new(StringComparer.Ordinal);

    private OnnxWeights(FileStream file) => _file = file;

    /// <summary>Opens a model file.</summary>
    /// <exception cref="InvalidDataException">The file is no ONNX model.</exception>
    public static OnnxWeights Open(string path)
    {
        var weights = new OnnxWeights(File.OpenRead(path));
        try
        {
            weights.Find();
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a weight of that name, transposed or not.</summary>
    public bool Contains(string name) => _weights.ContainsKey(name) || _weights.ContainsKey(GraphBuilder.Transposed(name));

    /// <summary>The shape in which the weight was given.</summary>
    public IReadOnlyList<long> ShapeOf(string name) =>
        _weights.TryGetValue(name, out var stored) ? [.. stored.Head.Dims] : [.. _weights[GraphBuilder.Transposed(name)].Head.Dims.Reverse()];

    /// <inheritdoc/>
    public TensorElementType TypeOf(string name) => StoredType(name) switch
    {
        OnnxType.Float16 => TensorElementType.Float16,
        OnnxType.Int8 => TensorElementType.Int8,
        _ => TensorElementType.Float32,
    };

    /// <summary>The values in row-major order of the shape in which the weight was given.</summary>
    public float[] Read(string name)
    {
        if (_weights.ContainsKey(name)) return ReadStored(name, factorsOfColumns: false, name);
        var stored = ReadStored(GraphBuilder.Transposed(name), factorsOfColumns: true, name);
        var (head, _, _) = _weights[GraphBuilder.Transposed(name)];
        int inputs = checked((int)head.Dims[0]), outputs = checked((int)head.Dims[1]);
        var turned = new float[stored.Length];
        for (var i = 0; i < inputs; i++)
            for (var o = 0; o < outputs; o++) turned[(o * inputs) + i] = stored[(i * outputs) + o];
        return turned;
    }

    public void Dispose() => _file.Dispose();

    private OnnxType StoredType(string name) =>
        (OnnxType)(_weights.TryGetValue(name, out var stored) ? stored : _weights[GraphBuilder.Transposed(name)]).Head.DataType;

    private float[] ReadStored(string key, bool factorsOfColumns, string name)
    {
        var (head, start, length) = _weights[key];
        var bytes = new byte[length];
        _file.Position = start;
        _file.ReadExactly(bytes);
        switch ((OnnxType)head.DataType)
        {
            case OnnxType.Float: return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            case OnnxType.Float16: return Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), half => (float)half);
            case OnnxType.Int8:
                var values = Array.ConvertAll(bytes, number => (float)(sbyte)number);
                var factors = ReadStored(GraphBuilder.Factors(name), false, name);
                for (var i = 0; i < values.Length; i++)
                    values[i] *= factors[factorsOfColumns ? i % factors.Length : (int)((long)i * factors.Length / values.Length)];
                return values;
            default: throw new InvalidDataException($"Weight '{key}' has the type {(OnnxType)head.DataType}.");
        }
    }

    private void Find()
    {
        var input = new ProtobufSkimmer(_file);
        while (input.ReadTag() is var tag and not 0)
        {
            if (!Is(tag, ModelGraph))
            {
                input.Skip(tag, long.MaxValue);
                continue;
            }

            var end = input.ReadEnd();
            while (input.Position < end)
            {
                var inner = input.ReadTag();
                if (Is(inner, GraphInitializer)) FindTensor(input, end);
                else input.Skip(inner, end);
            }
        }
    }

    /// <summary>All of a tensor but its values is small.</summary>
    private void FindTensor(ProtobufSkimmer input, long graphEnd)
    {
        var end = input.ReadEnd(graphEnd);
        using var rest = new MemoryStream();
        using var output = new CodedOutputStream(rest, leaveOpen: true);
        long start = 0, length = 0;
        while (input.Position < end)
        {
            var tag = input.ReadTag();
            if (Is(tag, TensorRawData))
            {
                length = input.ReadEnd(end) - input.Position;
                start = input.Position;
                input.SkipBytes(length);
            }
            else if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                output.WriteTag(tag);
                output.WriteBytes(ByteString.CopyFrom(input.ReadSmall(end)));
            }
            else if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint)
            {
                output.WriteTag(tag);
                output.WriteUInt64(input.ReadNumber());
            }
            else
            {
                input.Skip(tag, end);
            }
        }

        output.Flush();
        var head = TensorProto.Parser.ParseFrom(rest.ToArray());
        if (length > 0) _weights[head.Name] = (head, start, length);
    }

    private static bool Is(uint tag, int field) =>
        WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited;
}
