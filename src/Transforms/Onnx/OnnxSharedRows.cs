using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>
/// A model about rows of a text and an image, changed so that rows may share either: texts and images are given once each, with two inputs
/// more that say which of them each row has. What the graph computes of a text alone is computed once a text, what of an image alone once an
/// image; only from where the two meet on is it computed for every row.
/// </summary>
/// <param name="Model">The changed model.</param>
/// <param name="TextCost">Numbers of the matrices that a token is multiplied by before it meets an image.</param>
/// <param name="ImageCost">Likewise a region before it meets a text.</param>
/// <param name="JointCost">Likewise either afterwards.</param>
internal sealed record OnnxSharedRows(ModelProto Model, double TextCost, double ImageCost, double JointCost)
{
    /// <summary>The input that says which text each row has, Int64 [B].</summary>
    public const string TextOfRow = "__vl.textOfRow";

    /// <summary>The input that says which image each row has, Int64 [B].</summary>
    public const string ImageOfRow = "__vl.imageOfRow";

    /// <summary>Operators that make each row of their result of the same row of what they read.</summary>
    private static readonly HashSet<string> ByRow = new(StringComparer.Ordinal)
    {
        "Add", "Sub", "Mul", "Div", "Pow", "MatMul", "Softmax", "LogSoftmax", "Gelu", "Erf", "Relu", "Tanh", "Sigmoid", "Sqrt", "Exp", "Log", "Abs", "Neg",
        "Sin", "Cos", "Floor", "Min", "Max", "Clip", "Cast", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Not", "And", "Or", "Where",
        "LayerNormalization", "Identity", "DynamicQuantizeLinear", "MatMulInteger", "Conv",
    };

    /// <summary>Changes a model.</summary>
    /// <param name="model">The model; it is changed itself.</param>
    /// <param name="texts">The names of a text's inputs.</param>
    /// <param name="images">The names of an image's inputs.</param>
    /// <returns>Null where rows do not stay rows as far as this looks, or nothing is computed of either alone; the model is then as it was.</returns>
    public static OnnxSharedRows? Create(ModelProto model, IReadOnlySet<string> texts, IReadOnlySet<string> images)
    {
        var graph = model.Graph;
        var constants = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var values = new Dictionary<string, Part>(StringComparer.Ordinal);
        foreach (var input in graph.Input)
        {
            if (!texts.Contains(input.Name) && !images.Contains(input.Name)) return null;
            values[input.Name] = new(texts.Contains(input.Name) ? Sides.Text : Sides.Image, HasRows: true);
        }

        var parts = new List<Part>();
        foreach (var node in graph.Node)
        {
            if (Follow(node, values, constants) is not { } part) return null;
            parts.Add(part);
            foreach (var (i, output) in node.Output.Index())
                values[output] = node.OpType == "DynamicQuantizeLinear" && i > 0 ? part with { HasRows = false } : part;
        }

        return Share(model, values, parts, constants);
    }

    private static OnnxSharedRows? Share(
        ModelProto model, Dictionary<string, Part> values, List<Part> parts, Dictionary<string, TensorProto> constants)
    {
        var graph = model.Graph;
        var outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var nodes = new List<NodeProto>();
        var chosen = new Dictionary<string, string>(StringComparer.Ordinal);
        var costs = new Dictionary<Sides, double>();
        foreach (var (node, part) in graph.Node.Zip(parts))
        {
            if (node.OpType is "MatMul" or "MatMulInteger" && constants.TryGetValue(node.Input[1], out var weight))
                costs[part.Sides] = costs.GetValueOrDefault(part.Sides) + weight.Dims.Aggregate(1.0, (all, size) => all * size);
            var changed = node.Clone();
            if (part.Sides == Sides.Both)
            {
                for (var i = 0; i < changed.Input.Count; i++)
                {
                    if (!values.TryGetValue(changed.Input[i], out var read) || read.Sides is Sides.None or Sides.Both) continue;
                    if (!read.HasRows)
                    {
                        // A length is the same for all rows; how many texts there are is not how many rows there are.
                        if (read.CountsRows) return null;
                        continue;
                    }

                    changed.Input[i] = Chosen(changed.Input[i], read.Sides);
                }
            }

            nodes.Add(changed);
            if (part.Sides is Sides.Text or Sides.Image && changed.Output.Any(outputs.Contains))
            {
                // What is given of a side alone is given for each row.
                var name = changed.Output.Single();
                changed.Output[0] = name + ".alone";
                values[changed.Output[0]] = part;
                nodes.Add(Gather(changed.Output[0], name, part.Sides));
            }
        }

        if (costs.GetValueOrDefault(Sides.Text) + costs.GetValueOrDefault(Sides.Image) == 0) return null;
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        Rename(graph, values);
        graph.Input.Add(Rows(TextOfRow));
        graph.Input.Add(Rows(ImageOfRow));
        return new(model, costs.GetValueOrDefault(Sides.Text), costs.GetValueOrDefault(Sides.Image), costs.GetValueOrDefault(Sides.Both));

        string Chosen(string value, Sides side)
        {
            if (chosen.TryGetValue(value, out var known)) return known;
            var name = value + ".ofRow";
            nodes.Add(Gather(value, name, side));
            return chosen[value] = name;
        }
    }

    /// <summary>The names of the axes that count texts and images are two from now on.</summary>
    private static void Rename(GraphProto graph, Dictionary<string, Part> values)
    {
        foreach (var input in graph.Input)
            input.Type.TensorType.Shape.Dim[0].DimParam = values[input.Name].Sides == Sides.Text ? "texts" : "images";
    }

    private static NodeProto Gather(string value, string name, Sides side) => new()
    {
        OpType = "Gather",
        Name = name,
        Input = { value, side == Sides.Text ? TextOfRow : ImageOfRow },
        Output = { name },
        Attribute = { new AttributeProto { Name = "axis", I = 0, Type = AttributeProto.Types.AttributeType.Int } },
    };

    private static ValueInfoProto Rows(string name)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "B" });
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)OnnxType.Int64, Shape = shape } } };
    }

    /// <summary>What a node's result is made of; null where this cannot tell whether rows stay rows.</summary>
    private static Part? Follow(NodeProto node, Dictionary<string, Part> values, Dictionary<string, TensorProto> constants)
    {
        var read = node.Input.Select(name => values.GetValueOrDefault(name) ?? new(Sides.None, HasRows: false)).ToList();
        var sides = read.Aggregate(Sides.None, (all, part) => all | part.Sides);
        if (sides == Sides.None) return new(Sides.None, HasRows: false);
        if (node.OpType == "Shape")
            return new(sides, HasRows: false) { CountsRows = read[0].HasRows ? Number(node, "start") is null or 0 : read[0].CountsRows };
        if (!read.Any(part => part.HasRows)) return new(sides, HasRows: false) { CountsRows = read.Any(part => part.CountsRows) };

        // From where the two sides meet on, rows are rows of their own, and nothing is asked any more.
        if (sides == Sides.Both) return new(sides, HasRows: true);
        return StaysByRow(node, read, constants) ? new(sides, HasRows: true) : null;
    }

    private static bool StaysByRow(NodeProto node, List<Part> read, Dictionary<string, TensorProto> constants)
    {
        switch (node.OpType)
        {
            case var operation when ByRow.Contains(operation):
                return true;
            case "Transpose":
                return node.Attribute.Single(attribute => attribute.Name == "perm").Ints[0] == 0;
            case "Concat":
                return Number(node, "axis") is not (null or 0) && read.All(part => part.HasRows);
            case "Gather":
                // Of a table by rows of numbers, or of rows along another axis.
                return read[0].HasRows ? Number(node, "axis") is not (null or 0) && !read[1].HasRows : Number(node, "axis") is null or 0;
            case "Reshape":
                return !read[1].HasRows && (Values(node.Input[1], constants) is { } shape ? shape[0] == 0 : read[1].CountsRows);
            case "Slice":
                return Values(node.Input[3], constants) is { } axes && !axes.Contains(0) && !read.Skip(1).Any(part => part.HasRows);
            case "Squeeze" or "Unsqueeze" or "ReduceSum" or "ReduceMean" or "ReduceMax" or "ReduceMin":
                return node.Input.Count > 1 && Values(node.Input[1], constants) is { } reduced && !reduced.Contains(0);
            case "CumSum":
                return Values(node.Input[1], constants) is [not 0];
            default:
                return false;
        }
    }

    private static long? Number(NodeProto node, string attribute) => node.Attribute.FirstOrDefault(one => one.Name == attribute)?.I;

    /// <summary>The whole numbers of a small constant.</summary>
    private static long[]? Values(string name, Dictionary<string, TensorProto> constants)
    {
        if (!constants.TryGetValue(name, out var tensor) || (OnnxType)tensor.DataType != OnnxType.Int64 || tensor.RawData.IsEmpty) return null;
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(tensor.RawData.Span).ToArray();
    }

    [Flags]
    private enum Sides
    {
        None = 0,
        Text = 1,
        Image = 2,
        Both = Text | Image,
    }

    /// <summary>What a value is made of.</summary>
    /// <param name="Sides">Of a text, of an image, of both.</param>
    /// <param name="HasRows">Whether its first axis counts rows; what is made of shapes alone has none.</param>
    private sealed record Part(Sides Sides, bool HasRows)
    {
        /// <summary>Whether it is, among shapes, one that tells how many rows there are.</summary>
        public bool CountsRows { get; init; }
    }
}
