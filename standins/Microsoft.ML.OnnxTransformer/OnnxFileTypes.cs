using System.Text;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>An input, output or initializer as the file declares it; <see cref="Dimensions"/> holds 0 for a dimension without number.</summary>
internal sealed record OnnxVariable(string Name, int ElementType, IReadOnlyList<long> Dimensions);

/// <summary>
/// The declared types of an ONNX file, read by walking the protobuf wire format and seeking over everything else, the weights foremost.
/// </summary>
internal sealed class OnnxFileTypes
{
    // Field numbers of onnx.proto.
    private const int ModelGraph = 7;
    private const int GraphInitializer = 5;
    private const int GraphInput = 11;
    private const int GraphOutput = 12;
    private const int ValueName = 1;
    private const int ValueType = 2;
    private const int TypeTensor = 1;
    private const int TensorTypeElement = 1;
    private const int TensorTypeShape = 2;
    private const int ShapeDimension = 1;
    private const int DimensionValue = 1;
    private const int TensorElement = 2;
    private const int TensorName = 8;

    private readonly Stream _stream;

    private OnnxFileTypes(Stream stream) => _stream = stream;

    public List<OnnxVariable> Inputs { get; } = [];
    public List<OnnxVariable> Outputs { get; } = [];
    public List<OnnxVariable> Initializers { get; } = [];

    public static OnnxFileTypes Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var result = new OnnxFileTypes(stream);
        result.ForEachField(stream.Length, (field, end) =>
        {
            if (field == ModelGraph)
                result.ReadGraph(end);
        });
        return result;
    }

    private void ReadGraph(long graphEnd) => ForEachField(graphEnd, (field, end) =>
    {
        switch (field)
        {
            case GraphInitializer:
                Initializers.Add(ReadInitializer(end));
                break;
            case GraphInput:
                Inputs.Add(ReadValue(end));
                break;
            case GraphOutput:
                Outputs.Add(ReadValue(end));
                break;
        }
    });

    private OnnxVariable ReadInitializer(long tensorEnd)
    {
        var name = "";
        var element = 0;
        ForEachField(tensorEnd, (field, end) =>
        {
            if (field == TensorName)
                name = ReadText(end);
            else if (field == TensorElement)
                element = (int)ReadVarint();
        });
        return new OnnxVariable(name, element, null);
    }

    private OnnxVariable ReadValue(long valueEnd)
    {
        var name = "";
        var element = 0;
        List<long> dimensions = null;
        ForEachField(valueEnd, (field, end) =>
        {
            if (field == ValueName)
            {
                name = ReadText(end);
            }
            else if (field == ValueType)
            {
                ForEachField(end, (kind, typeEnd) =>
                {
                    if (kind == TypeTensor)
                        (element, dimensions) = ReadTensorType(typeEnd);
                });
            }
        });
        return new OnnxVariable(name, element, dimensions);
    }

    private (int Element, List<long> Dimensions) ReadTensorType(long typeEnd)
    {
        var element = 0;
        List<long> dimensions = null;
        ForEachField(typeEnd, (field, end) =>
        {
            if (field == TensorTypeElement)
            {
                element = (int)ReadVarint();
            }
            else if (field == TensorTypeShape)
            {
                dimensions = [];
                ForEachField(end, (shapeField, dimensionEnd) =>
                {
                    if (shapeField == ShapeDimension)
                        dimensions.Add(ReadDimension(dimensionEnd));
                });
            }
        });
        return (element, dimensions);
    }

    private long ReadDimension(long dimensionEnd)
    {
        var value = 0L;
        ForEachField(dimensionEnd, (field, _) =>
        {
            if (field == DimensionValue)
                value = Math.Max(0, ReadVarint());
        });
        return value;
    }

    /// <summary>Calls back for each field up to a position; the callback may read the field's content or leave it.</summary>
    private void ForEachField(long end, Action<int, long> read)
    {
        while (_stream.Position < end)
        {
            var tag = ReadVarint();
            var field = (int)(tag >> 3);
            var start = _stream.Position;
            long fieldEnd;
            switch (tag & 7)
            {
                case 0:
                    ReadVarint();
                    fieldEnd = _stream.Position;
                    break;
                case 1:
                    fieldEnd = start + 8;
                    break;
                case 2:
                    var length = ReadVarint();
                    start = _stream.Position;
                    if (length < 0 || length > end - start)
                        throw new FormatException($"The ONNX file is corrupt: field {field} at byte {start} says {length} bytes.");
                    fieldEnd = start + length;
                    break;
                case 5:
                    fieldEnd = start + 4;
                    break;
                default:
                    throw new FormatException($"The ONNX file is corrupt: unknown wire type {tag & 7} at byte {start}.");
            }
            _stream.Position = start;
            read(field, fieldEnd);
            _stream.Position = fieldEnd;
        }
    }

    private string ReadText(long end)
    {
        var bytes = new byte[end - _stream.Position];
        _stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private long ReadVarint()
    {
        var result = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = _stream.ReadByte();
            if (next < 0)
                throw new FormatException("The ONNX file is corrupt: it ends inside a number.");
            result |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return (long)result;
        }
        throw new FormatException($"The ONNX file is corrupt: a number of more than 64 bits at byte {_stream.Position}.");
    }
}
