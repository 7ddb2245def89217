using Google.Protobuf;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>
/// A small model file whose weights are those inside a large one: it says at which byte of the other file each begins. ONNX Runtime maps
/// such weights into memory; from the large file itself it would parse them into one copy and keep another. What is small, or does not lie as
/// <see cref="OnnxModelWriter"/> lays weights, is in the small file itself.
/// </summary>
internal static class OnnxMappedView
{
    // Field numbers of the ONNX schema, as in onnx.proto.
    private const int ModelGraph = 7;
    private const int GraphInitializer = 5;
    private const int TensorRawData = 9;
    private const int TensorDocumentation = 12;

    /// <summary>Smaller values stay in the small file.</summary>
    private const int LeastBytes = 1024;

    /// <summary>Writes the view beside the model.</summary>
    /// <param name="modelPath">The whole model.</param>
    /// <param name="viewPath">The file to write; it must lie in the same folder.</param>
    /// <exception cref="ArgumentException">The files lie in different folders: ONNX Runtime looks for weights beside the model only.</exception>
    /// <exception cref="InvalidDataException">The file is no ONNX model.</exception>
    public static void Write(string modelPath, string viewPath)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(modelPath)) != Path.GetDirectoryName(Path.GetFullPath(viewPath)))
            throw new ArgumentException($"'{viewPath}' does not lie in the folder of '{modelPath}'.", nameof(viewPath));
        using var model = File.OpenRead(modelPath);
        using var view = File.Create(viewPath);
        using var output = new CodedOutputStream(view);
        var input = new ProtobufSkimmer(model);
        while (input.ReadTag() is var tag and not 0)
        {
            if (Is(tag, ModelGraph))
            {
                output.WriteTag(tag);
                output.WriteBytes(Graph(input, Path.GetFileName(modelPath)));
            }
            else
            {
                Copy(input, tag, long.MaxValue, output);
            }
        }
    }

    private static ByteString Graph(ProtobufSkimmer input, string modelFile)
    {
        var graph = new MemoryStream();
        using var output = new CodedOutputStream(graph, leaveOpen: true);
        var end = input.ReadEnd();
        while (input.Position < end)
        {
            var tag = input.ReadTag();
            if (Is(tag, GraphInitializer))
            {
                output.WriteTag(tag);
                output.WriteBytes(Tensor(input, end, modelFile));
            }
            else
            {
                Copy(input, tag, end, output);
            }
        }

        output.Flush();
        return UnsafeByteOperations.UnsafeWrap(graph.GetBuffer().AsMemory(0, (int)graph.Length));
    }

    private static ByteString Tensor(ProtobufSkimmer input, long graphEnd, string modelFile)
    {
        var tensor = new MemoryStream();
        using var output = new CodedOutputStream(tensor, leaveOpen: true);
        var end = input.ReadEnd(graphEnd);
        while (input.Position < end)
        {
            var tag = input.ReadTag();
            if (Is(tag, TensorRawData))
            {
                WriteValues(input, tag, end, modelFile, output);
            }
            else if (Is(tag, TensorDocumentation))
            {
                input.Skip(tag, end);
            }
            else
            {
                Copy(input, tag, end, output);
            }
        }

        output.Flush();
        return UnsafeByteOperations.UnsafeWrap(tensor.GetBuffer().AsMemory(0, (int)tensor.Length));
    }

    private static void WriteValues(ProtobufSkimmer input, uint tag, long tensorEnd, string modelFile, CodedOutputStream output)
    {
        var end = input.ReadEnd(tensorEnd);
        var length = end - input.Position;

        // Constants of the architecture, such as which place of a table each pair of a window's places takes, lie in the graph as they come.
        if (length < LeastBytes || input.Position % OnnxModelWriter.Alignment != 0)
        {
            output.WriteTag(tag);
            output.WriteBytes(UnsafeByteOperations.UnsafeWrap(input.ReadBytes(length)));
            return;
        }

        var reference = new TensorProto { DataLocation = TensorProto.Types.DataLocation.External };
        Add("location", modelFile);
        Add("offset", input.Position.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("length", length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        reference.WriteTo(output);
        input.SkipBytes(length);

        void Add(string key, string value) => reference.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    private static void Copy(ProtobufSkimmer input, uint tag, long limit, CodedOutputStream output)
    {
        switch (WireFormat.GetTagWireType(tag))
        {
            case WireFormat.WireType.LengthDelimited:
                output.WriteTag(tag);
                output.WriteBytes(UnsafeByteOperations.UnsafeWrap(input.ReadSmall(limit)));
                break;
            case WireFormat.WireType.Varint:
                output.WriteTag(tag);
                output.WriteUInt64(input.ReadNumber());
                break;
            default:
                // The format has single floats in attributes only, and those are copied with their node.
                input.Skip(tag, limit);
                break;
        }
    }

    private static bool Is(uint tag, int field) =>
        WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited;
}
