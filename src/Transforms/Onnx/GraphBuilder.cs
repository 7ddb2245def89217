using System.Runtime.InteropServices;
using Google.Protobuf;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>
/// Builds an ONNX graph node by node. Methods are named after what they compute and return the value computed; operators of
/// <see cref="GraphValue"/> cover arithmetic. Weights are only registered here: <see cref="WriteTo(Stream)"/> reads each when its turn
/// to be written has come, so a model far larger than the free memory can be written.
/// </summary>
internal sealed partial class GraphBuilder
{
    /// <summary>Operator set: new enough for LayerNormalization (17) and Gelu (20), known to ONNX Runtime since 1.17.</summary>
    public const int OperatorSet = 20;

    /// <summary>Version of the file format that belongs to operator set 20.</summary>
    public const int IrVersion = 9;

    private readonly GraphProto _graph;
    private readonly Dictionary<string, GraphValue> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counters = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxType> _types = new(StringComparer.Ordinal);
    private string _scope = "";

    /// <param name="name">Name of the graph, shown by model viewers.</param>
    public GraphBuilder(string name) => _graph = new GraphProto { Name = name };

    /// <summary>Free text entries stored in the model (<c>metadata_props</c>).</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string> InputNames => [.. _graph.Input.Select(input => input.Name)];

    public IReadOnlyList<string> OutputNames => [.. _graph.Output.Select(output => output.Name)];

    /// <summary>Declares an input of the model.</summary>
    public GraphValue Input(string name, OnnxType type, params Dim[] dims)
    {
        _graph.Input.Add(Describe(Claim(name), type, dims));
        return Typed(name, type);
    }

    /// <summary>Declares <paramref name="value"/> an output of the model under <paramref name="name"/>.</summary>
    public void Output(string name, GraphValue value, params Dim[] dims)
    {
        _graph.Output.Add(Describe(Claim(name), value.Type, dims));
        var node = NewNode("Identity", [value]);
        node.Output.Add(name);
    }

    /// <summary>Names of the nodes added until the result is disposed begin with <paramref name="name"/>; scopes nest.</summary>
    public IDisposable Scope(string name)
    {
        var outer = _scope;
        _scope = $"{outer}{name}/";
        return new ScopeEnd(this, outer);
    }

    public GraphValue Constant(float value) => Constant(OnnxType.Float, [], BitConverter.GetBytes(value), 1);

    public GraphValue Constant(long value) => Constant(OnnxType.Int64, [], BitConverter.GetBytes(value), 1);

    public GraphValue Constant(bool value) => Constant(OnnxType.Bool, [], [value ? (byte)1 : (byte)0], 1);

    /// <summary>A list of integers, the form in which ONNX takes axes, shapes and positions.</summary>
    public GraphValue Constant(params long[] values) => Constant(values, values.Length);

    public GraphValue Constant(long[] values, params long[] shape) =>
        Constant(OnnxType.Int64, shape, MemoryMarshal.AsBytes(values.AsSpan()), values.Length);

    public GraphValue Constant(float[] values, params long[] shape) =>
        Constant(OnnxType.Float, shape, MemoryMarshal.AsBytes(values.AsSpan()), values.Length);

    /// <summary>A scalar of the element type of <paramref name="value"/>.</summary>
    public GraphValue ScalarLike(GraphValue value, double scalar) => value.Type switch
    {
        OnnxType.Float => Constant((float)scalar),
        OnnxType.Int64 when scalar == Math.Floor(scalar) => Constant((long)scalar),
        _ => throw new ArgumentException($"No scalar {scalar} of type {value.Type} for '{value.Name}'."),
    };

    /// <summary>Writes the model: everything small first as one message, then the weights one by one.</summary>
    /// <exception cref="InvalidOperationException">The model would pass 2 GiB, the most a single ONNX file holds.</exception>
    public void WriteTo(Stream output)
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "MLNet.VisionLanguage",
            OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } },
        };
        if (_hasTables) model.OpsetImport.Add(new OperatorSetIdProto { Domain = TableDomain, Version = TableVersion });
        foreach (var (key, value) in Metadata)
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        OnnxModelWriter.Write(model, _graph, _initializers, output);
    }

    /// <summary>Writes the model to a file; a failure leaves the old file, if any, in place.</summary>
    public void WriteTo(string path) => AtomicFile.Write(path, WriteTo);

    /// <summary>The whole model as bytes; for small models.</summary>
    public byte[] ToArray()
    {
        using var memory = new MemoryStream();
        WriteTo(memory);
        return memory.ToArray();
    }

    /// <summary>Adds a node of one output.</summary>
    private GraphValue Node(string operation, OnnxType type, GraphValue?[] inputs, params AttributeProto[] attributes)
    {
        var node = NewNode(operation, inputs);
        node.Attribute.AddRange(attributes);
        node.Output.Add(node.Name);
        return Typed(node.Name, type);
    }

    /// <summary>Adds a node of several outputs, a type for each.</summary>
    private GraphValue[] Nodes(string operation, OnnxType[] types, GraphValue?[] inputs, params AttributeProto[] attributes)
    {
        var node = NewNode(operation, inputs);
        node.Attribute.AddRange(attributes);
        node.Output.AddRange(types.Select((_, i) => Fresh($"{node.Name}/output")));
        return [.. types.Select((type, i) => Typed(node.Output[i], type))];
    }

    private GraphValue Typed(string name, OnnxType type)
    {
        _types[name] = type;
        return new GraphValue(this, name, type);
    }

    private NodeProto NewNode(string operation, GraphValue?[] inputs)
    {
        var node = new NodeProto { OpType = operation, Name = Fresh(_scope + operation) };
        foreach (var input in inputs)
        {
            if (input is not null && !ReferenceEquals(input.Graph, this))
                throw new ArgumentException($"'{input.Name}' belongs to another graph.", nameof(inputs));
            node.Input.Add(input?.Name ?? "");
        }
        _graph.Node.Add(node);
        return node;
    }

    private GraphValue Constant(OnnxType type, long[] shape, ReadOnlySpan<byte> bytes, int count)
    {
        if (shape.Aggregate(1L, (product, size) => checked(product * size)) != count || shape.Any(size => size < 0))
            throw new ArgumentException($"{count} values do not fill [{string.Join(", ", shape)}].", nameof(shape));
        // The same few scalars and axes are asked for in every layer: store each once.
        var key = $"{type}[{string.Join(",", shape)}]{Convert.ToHexString(bytes)}";
        if (_constants.TryGetValue(key, out var known)) return known;
        var tensor = new TensorProto { Name = Fresh("constant"), DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(shape);
        _graph.Initializer.Add(tensor);
        return _constants[key] = new GraphValue(this, tensor.Name, type);
    }

    private string Claim(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _names.Add(name) ? name : throw new ArgumentException($"The graph has a value named '{name}' already.", nameof(name));
    }

    private string Fresh(string stem)
    {
        while (true)
        {
            var number = CollectionsMarshal.GetValueRefOrAddDefault(_counters, stem, out _)++;
            var name = $"{stem}_{number}";
            if (_names.Add(name)) return name;
        }
    }

    /// <summary>Describes a value; without sizes when these are left to the runtime.</summary>
    private static ValueInfoProto Describe(string name, OnnxType type, Dim[]? dims)
    {
        var shape = dims is null ? null : new TensorShapeProto();
        foreach (var dim in dims ?? [])
        {
            var described = new TensorShapeProto.Types.Dimension();
            if (dim.Size is { } size)
                described.DimValue = size;
            else if (dim.Name is { } dimName)
                described.DimParam = dimName;
            shape!.Dim.Add(described);
        }
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }

    private static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    private static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float };

    private static AttributeProto Attribute(string name, string value) =>
        new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = AttributeProto.Types.AttributeType.String };

    private static AttributeProto Attribute(string name, ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values.ToArray());
        return attribute;
    }

    private sealed class ScopeEnd(GraphBuilder graph, string outer) : IDisposable
    {
        public void Dispose() => graph._scope = outer;
    }
}
