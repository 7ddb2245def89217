using Google.Protobuf;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>Name, element type and dimensions of a model's input or output.</summary>
internal sealed record OnnxValueInfo(string Name, OnnxType Type, IReadOnlyList<Dim> Dims)
{
    public override string ToString() => $"{Name}: {Type}[{string.Join(", ", Dims)}]";
}

/// <summary>
/// What a model takes and gives, read without loading its weights: a file of a gigabyte costs a few seeks (or, when the stream cannot
/// seek, one pass).
/// </summary>
internal sealed class OnnxSignature
{
    // Field numbers of the ONNX schema, as in onnx.proto.
    private const int ModelGraph = 7;
    private const int ModelOperatorSet = 8;
    private const int ModelMetadata = 14;
    private const int GraphInitializer = 5;
    private const int GraphInput = 11;
    private const int GraphOutput = 12;
    private const int TensorName = 8;

    private readonly List<OnnxValueInfo> _inputs = [];
    private readonly List<OnnxValueInfo> _outputs = [];
    private readonly HashSet<string> _initializers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private OnnxSignature()
    {
    }

    /// <summary>Inputs to be fed; those that only give a weight its default are left out.</summary>
    public IReadOnlyList<OnnxValueInfo> Inputs => _inputs;

    public IReadOnlyList<OnnxValueInfo> Outputs => _outputs;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Names of the stored weights and constants.</summary>
    public IReadOnlySet<string> Initializers => _initializers;

    /// <summary>Version of the standard operator set; 0 when the file names none.</summary>
    public long OperatorSet { get; private set; }

    /// <exception cref="InvalidDataException">The file is no ONNX model.</exception>
    public static OnnxSignature Read(string path)
    {
        using var file = File.OpenRead(path);
        try
        {
            return Read(file);
        }
        catch (InvalidDataException damage)
        {
            throw new InvalidDataException($"'{path}': {damage.Message}", damage);
        }
    }

    /// <exception cref="InvalidDataException">The stream holds no ONNX model.</exception>
    public static OnnxSignature Read(Stream stream)
    {
        var signature = new OnnxSignature();
        try
        {
            if (!signature.ReadModel(new ProtobufSkimmer(stream))) throw new InvalidDataException("Not an ONNX model: no graph in it.");
        }
        catch (InvalidProtocolBufferException damage)
        {
            throw new InvalidDataException($"Not an ONNX model: {damage.Message}", damage);
        }
        signature._inputs.RemoveAll(input => signature._initializers.Contains(input.Name));
        return signature;
    }

    private bool ReadModel(ProtobufSkimmer input)
    {
        const long end = long.MaxValue;
        var hasGraph = false;
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (ModelGraph, WireFormat.WireType.LengthDelimited):
                    hasGraph = true;
                    ReadGraph(input);
                    break;
                case (ModelOperatorSet, WireFormat.WireType.LengthDelimited):
                    var operators = OperatorSetIdProto.Parser.ParseFrom(input.ReadSmall(end));
                    if (operators.Domain is "" or "ai.onnx") OperatorSet = operators.Version;
                    break;
                case (ModelMetadata, WireFormat.WireType.LengthDelimited):
                    var entry = StringStringEntryProto.Parser.ParseFrom(input.ReadSmall(end));
                    _metadata[entry.Key] = entry.Value;
                    break;
                default:
                    input.Skip(tag, end);
                    break;
            }
        }
        return hasGraph;
    }

    private void ReadGraph(ProtobufSkimmer input)
    {
        var end = input.ReadEnd();
        while (input.Position < end)
        {
            var tag = input.ReadTag();
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (GraphInitializer, WireFormat.WireType.LengthDelimited):
                    ReadInitializerName(input, end);
                    break;
                case (GraphInput, WireFormat.WireType.LengthDelimited):
                    _inputs.Add(Describe(ValueInfoProto.Parser.ParseFrom(input.ReadSmall(end))));
                    break;
                case (GraphOutput, WireFormat.WireType.LengthDelimited):
                    _outputs.Add(Describe(ValueInfoProto.Parser.ParseFrom(input.ReadSmall(end))));
                    break;
                case (0, _):
                    throw new InvalidDataException($"The ONNX model is cut short after {input.Position} bytes.");
                default:
                    input.Skip(tag, end);
                    break;
            }
        }
    }

    private void ReadInitializerName(ProtobufSkimmer input, long graphEnd)
    {
        var end = input.ReadEnd(graphEnd);
        while (input.Position < end)
        {
            var tag = input.ReadTag();
            if (WireFormat.GetTagFieldNumber(tag) == TensorName && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                _initializers.Add(System.Text.Encoding.UTF8.GetString(input.ReadSmall(end)));
            else
                input.Skip(tag, end);
        }
    }

    private static OnnxValueInfo Describe(ValueInfoProto value)
    {
        var tensor = value.Type?.TensorType
            ?? throw new InvalidDataException($"'{value.Name}' is not a tensor; only models of tensors are understood.");
        var dims = tensor.Shape?.Dim.Select(dim => dim.ValueCase switch
        {
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when dim.DimValue >= 0 => (Dim)dim.DimValue,
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => dim.DimParam,
            _ => Dim.Unknown,
        }).ToArray();
        return new OnnxValueInfo(value.Name, (OnnxType)tensor.ElemType, dims ?? []);
    }
}
