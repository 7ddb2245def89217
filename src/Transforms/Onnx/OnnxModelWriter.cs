using Google.Protobuf;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>
/// Writes a model whose weights are not in memory. Protobuf puts the length of a message before it, so all lengths are worked out from
/// the shapes first; then the bytes follow in one pass. Weights begin at multiples of <see cref="Alignment"/> bytes, so that a runtime can
/// use them where they lie in the file (<see cref="OnnxMappedView"/>).
/// </summary>
internal static class OnnxModelWriter
{
    // Field numbers of the ONNX schema, as in onnx.proto.
    private const int GraphField = 7;
    private const int InitializerField = 5;
    private const int RawDataField = 9;

    /// <summary>The longest vector registers have so many bytes.</summary>
    public const int Alignment = 64;

    /// <param name="model">Everything but the graph.</param>
    /// <param name="graph">Everything but the weights.</param>
    /// <param name="weights">The weights, read one by one.</param>
    /// <param name="output">Written from its position on; not closed.</param>
    /// <exception cref="InvalidOperationException">The model would pass 2 GiB.</exception>
    public static void Write(ModelProto model, GraphProto graph, IReadOnlyList<Initializer> weights, Stream output)
    {
        var heads = weights.Select(Head).ToArray();
        var modelLength = (long)model.CalculateSize();
        var graphLength = LayOut(modelLength, graph, weights, heads);
        var total = modelLength + FieldLength(GraphField, graphLength);
        if (total > int.MaxValue)
        {
            var largest = weights.MaxBy(weight => weight.ByteCount)!;
            throw new InvalidOperationException(
                $"The ONNX model would have {total} bytes; a single ONNX file holds at most {int.MaxValue}. " +
                $"Its {weights.Count} weights take {weights.Sum(weight => weight.ByteCount)} bytes, the largest is '{largest.Name}' " +
                $"with {largest.ByteCount}.");
        }

        model.WriteTo(output);
        WriteFieldHead(output, GraphField, graphLength);
        graph.WriteTo(output);
        for (var i = 0; i < weights.Count; i++)
        {
            WriteFieldHead(output, InitializerField, TensorLength(heads[i], weights[i]));
            heads[i].WriteTo(output);
            WriteFieldHead(output, RawDataField, weights[i].ByteCount);
            weights[i].WriteValues(output);
        }
    }

    /// <summary>Pads the heads until all values are aligned, and gives the length of the graph.</summary>
    private static long LayOut(long modelLength, GraphProto graph, IReadOnlyList<Initializer> weights, TensorProto[] heads)
    {
        // The padding depends on where the graph begins, that on the length of the length of the graph, and that on the padding.
        var graphLength = graph.CalculateSize() + weights.Sum(weight => weight.ByteCount);
        while (true)
        {
            var start = modelLength + FieldLength(GraphField, graphLength) - graphLength;
            var end = start + graph.CalculateSize();
            for (var i = 0; i < weights.Count; i++)
                end = Pad(heads[i], weights[i], end);
            if (end - start == graphLength) return graphLength;
            graphLength = end - start;
        }
    }

    /// <summary>
    /// Lengthens the head so that the values of a tensor that begins at <paramref name="start"/> are aligned; gives its end.
    /// </summary>
    private static long Pad(TensorProto head, Initializer weight, long start)
    {
        for (var spaces = 0; ; spaces++)
        {
            head.DocString = new string(' ', spaces);
            var end = start + FieldLength(InitializerField, TensorLength(head, weight));
            if ((end - weight.ByteCount) % Alignment == 0) return end;
        }
    }

    private static TensorProto Head(Initializer weight)
    {
        var head = new TensorProto { Name = weight.Name, DataType = (int)weight.Type };
        head.Dims.AddRange(weight.Shape);
        return head;
    }

    private static long TensorLength(TensorProto head, Initializer weight) =>
        head.CalculateSize() + FieldLength(RawDataField, weight.ByteCount);

    private static long FieldLength(int field, long contentLength) =>
        CodedOutputStream.ComputeTagSize(field) + CodedOutputStream.ComputeUInt64Size((ulong)contentLength) + contentLength;

    private static void WriteFieldHead(Stream output, int field, long contentLength)
    {
        using var head = new CodedOutputStream(output, 32, leaveOpen: true);
        head.WriteTag(field, WireFormat.WireType.LengthDelimited);
        head.WriteUInt64((ulong)contentLength);
    }
}
