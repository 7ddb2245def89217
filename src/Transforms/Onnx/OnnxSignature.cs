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
            using var input = new CodedInputStream(stream, leaveOpen: true);
            if (!signature.ReadModel(input))
                throw new InvalidDataException("Not an ONNX model: no graph in it.");
        }
        catch (InvalidProtocolBufferException damage)
        {
            throw new InvalidDataException($"Not an ONNX model, or cut short: {damage.Message}", damage);
        }
        signature._inputs.RemoveAll(input => signature._initializers.Contains(input.Name));
        return signature;
    }

    private bool ReadModel(CodedInputStream input)
    {
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
                    var operators = new OperatorSetIdProto();
                    input.ReadMessage(operators);
                    if (operators.Domain is "" or "ai.onnx")
                        OperatorSet = operators.Version;
                    break;
                case (ModelMetadata, WireFormat.WireType.LengthDelimited):
                    var entry = new StringStringEntryProto();
                    input.ReadMessage(entry);
                    _metadata[entry.Key] = entry.Value;
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
        return hasGraph;
    }

    private void ReadGraph(CodedInputStream input)
    {
        var end = EndOfMessage(input);
        while (input.Position < end)
        {
            var tag = input.ReadTag();
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (GraphInitializer, WireFormat.WireType.LengthDelimited):
                    ReadInitializerName(input);
                    break;
                case (GraphInput, WireFormat.WireType.LengthDelimited):
                    _inputs.Add(ReadValue(input));
                    break;
                case (GraphOutput, WireFormat.WireType.LengthDelimited):
                    _outputs.Add(ReadValue(input));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
        if (input.Position != end)
            throw new InvalidDataException("Not an ONNX model: a field reaches beyond the end of the graph.");
    }

    private void ReadInitializerName(CodedInputStream input)
    {
        var end = EndOfMessage(input);
        while (input.Position < end)
        {
            var tag = input.ReadTag();
            if (WireFormat.GetTagFieldNumber(tag) == TensorName && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                _initializers.Add(input.ReadString());
            else
                input.SkipLastField();
        }
    }

    private static OnnxValueInfo ReadValue(CodedInputStream input)
    {
        var value = new ValueInfoProto();
        input.ReadMessage(value);
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

    private static long EndOfMessage(CodedInputStream input)
    {
        long length = input.ReadLength();
        return length >= 0 ? input.Position + length : throw new InvalidDataException("Not an ONNX model: a negative length.");
    }
}
