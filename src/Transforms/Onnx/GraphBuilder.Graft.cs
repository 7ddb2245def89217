using System.Runtime.InteropServices;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

// Parts of models that others made.
internal sealed partial class GraphBuilder
{
    /// <summary>Operators whose meaning has not changed since operator set 7, but for attributes that are left out here.</summary>
    private static readonly HashSet<string> Unchanged = ["Add", "BatchNormalization", "Concat", "Conv", "GlobalAveragePool", "MaxPool", "Relu"];

    /// <summary>Copies what values of another model need of it: its nodes from an input on, and their weights.</summary>
    /// <param name="model">The model, of operator set 7 or later.</param>
    /// <param name="input">The name of its input.</param>
    /// <param name="value">What takes that place here.</param>
    /// <param name="outputs">Names of values of the model, of floats.</param>
    /// <returns>The values here.</returns>
    /// <exception cref="InvalidDataException">The model has no such values, or needs other inputs or operators.</exception>
    public GraphValue[] Graft(ModelProto model, string input, GraphValue value, params string[] outputs)
    {
        var makers = model.Graph.Node.SelectMany(node => node.Output.Select(output => (output, node))).ToDictionary(pair => pair.output, pair => pair.node);
        var weights = model.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        var known = new Dictionary<string, GraphValue>(StringComparer.Ordinal) { [input] = value };
        return [.. outputs.Select(Copy)];

        GraphValue Copy(string name)
        {
            if (known.TryGetValue(name, out var copy)) return copy;
            if (weights.TryGetValue(name, out var tensor)) return known[name] = Weight(_scope + name, Singles(tensor), [.. tensor.Dims]);
            if (!makers.TryGetValue(name, out var node))
                throw new InvalidDataException($"The model has no value '{name}', which is needed beside its input '{input}'.");
            if (!Unchanged.Contains(node.OpType) || node.Output.Count != 1)
                throw new InvalidDataException($"The model has the operator {node.OpType} with {node.Output.Count} results, which is not copied.");

            // All channels have statistics of their own anyway.
            var attributes = node.Attribute.Where(attribute => attribute.Name != "spatial").Select(attribute => attribute.Clone());
            return known[name] = Node(node.OpType, OnnxType.Float, [.. node.Input.Select(Copy)], [.. attributes]);
        }
    }

    /// <summary>The numbers of a tensor of floats.</summary>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static float[] Singles(TensorProto tensor)
    {
        if (tensor.DataType != (int)OnnxType.Float || tensor.DataLocation != TensorProto.Types.DataLocation.Default)
            throw new InvalidDataException($"The tensor '{tensor.Name}' of the model is none of floats in the file.");
        var values = tensor.FloatData.Count > 0 ? [.. tensor.FloatData] : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
        return tensor.Dims.Aggregate(1L, (product, side) => product * side) == values.Length
            ? values
            : throw new InvalidDataException($"The tensor '{tensor.Name}' of the model has {values.Length} numbers for [{string.Join(", ", tensor.Dims)}].");
    }
}
