namespace MLNet.VisionLanguage.Onnx;

/// <summary>The metadata entry by which a model of this library is told from any other ONNX model without reading it.</summary>
internal static class OnnxMarker
{
    private const string Key = "MLNet.VisionLanguage";
    private const string Version = "1";

    public static void Add(GraphBuilder graph) => graph.Metadata[Key] = Version;

    public static bool IsIn(OnnxSignature signature) => signature.Metadata.ContainsKey(Key);
}
