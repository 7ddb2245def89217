using Google.Protobuf;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

// Names of an output's values, which ML.NET shows as SlotNames.
internal sealed partial class GraphBuilder
{
    /// <summary>The operators of classical machine learning, of which a table of strings is one.</summary>
    private const string TableDomain = "ai.onnx.ml";
    private const int TableVersion = 2;

    private bool _hasTables;

    /// <summary>
    /// Gives the values of an output names. ML.NET's OnnxTransformer takes the SlotNames of an output's column from a table on a node of a
    /// certain name, the convention of its own ONNX export; nothing reads the table in the graph. An output [B, N] becomes a plain vector,
    /// declared [N] because ML.NET runs one row at a time: its column is then Vector&lt;Single, N&gt;. A batch's rows lie in a line.
    /// </summary>
    /// <param name="output">The output's name.</param>
    /// <param name="names">N names.</param>
    /// <exception cref="ArgumentException">The output has another number of values a row.</exception>
    public void NameValues(string output, IReadOnlyList<string> names)
    {
        var dims = _graph.Output.Single(value => value.Name == output).Type.TensorType.Shape.Dim;
        if (dims[^1].DimValue != names.Count)
            throw new ArgumentException($"The graph gives {dims[^1].DimValue} values '{output}'; there are {names.Count} names.", nameof(names));
        while (dims.Count > 1) dims.RemoveAt(0);
        var writer = _graph.Node.Single(node => node.Output.Contains(output));
        writer.OpType = "Reshape";
        writer.Input.Add(Constant(values: [-1]).Name);

        var node = new NodeProto { OpType = "LabelEncoder", Domain = TableDomain, Name = Claim($"mlnet.{output}.SlotNames") };
        var key = new TensorProto { Name = Fresh("constant"), DataType = (int)OnnxType.String, Dims = { 1 } };
        key.StringData.Add(ByteString.Empty);
        _graph.Initializer.Add(key);
        node.Input.Add(key.Name);
        node.Output.Add(Fresh(node.Name));
        var keys = new AttributeProto { Name = "keys_strings", Type = AttributeProto.Types.AttributeType.Strings };
        keys.Strings.AddRange(names.Select(ByteString.CopyFromUtf8));
        node.Attribute.Add(keys);
        node.Attribute.Add(Attribute("values_int64s", [.. names.Select((_, i) => (long)i)]));
        _graph.Node.Add(node);
        _hasTables = true;
    }
}
