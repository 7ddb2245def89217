using Google.Protobuf;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>The metadata entry by which a model of this library is told from any other ONNX model without reading it.</summary>
internal static class OnnxMarker
{
    private const string Key = "MLNet.VisionLanguage";
    private const string Version = "1";

    // Field numbers of the ONNX schema, as in onnx.proto.
    private const int ModelGraph = 7;
    private const int ModelMetadata = 14;

    public static void Add(GraphBuilder graph) => graph.Metadata[Key] = Version;

    /// <summary>Reads from the head of a model up to the graph, before which this library writes its metadata.</summary>
    public static bool IsAtHeadOf(Stream model)
    {
        try
        {
            var input = new ProtobufSkimmer(model);
            while (input.ReadTag() is var tag and not 0 && WireFormat.GetTagFieldNumber(tag) != ModelGraph)
            {
                if (WireFormat.GetTagFieldNumber(tag) != ModelMetadata || WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
                    input.Skip(tag, long.MaxValue);
                else if (StringStringEntryProto.Parser.ParseFrom(input.ReadSmall(long.MaxValue)).Key == Key)
                    return true;
            }

            return false;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException)
        {
            // Not ours; whoever the model belongs to will say what is wrong with it.
            return false;
        }
    }
}
