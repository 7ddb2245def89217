namespace MLNet.VisionLanguage.Onnx;

/// <summary>From a graph model of TensorFlow.js to an ONNX graph that computes the same: convolutions get their images with the channels first.</summary>
internal sealed class TfjsConverter
{
    private readonly TfjsModel _model;
    private readonly GraphBuilder _graph = new("TensorFlow.js");

    /// <summary>Of each node whose turn has come its values.</summary>
    private readonly Dictionary<string, GraphValue[]> _values = new(StringComparer.Ordinal);

    private TfjsConverter(TfjsModel model) => _model = model;

    /// <summary>The graph: the model's outputs, and further values of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="values">Names of nodes whose values are outputs too.</param>
    /// <exception cref="InvalidDataException">The model has no such node, or an operator that is not known.</exception>
    public static GraphBuilder Convert(TfjsModel model, IEnumerable<string> values)
    {
        var converter = new TfjsConverter(model);

        // What nodes are called here, so that it is nothing they are called there.
        using var scope = converter._graph.Scope("converted");
        foreach (var (name, shape) in model.Outputs) converter._graph.Output(name, converter.Value(name), shape);
        foreach (var name in values.Except(model.Outputs.Select(output => output.Name)))
        {
            if (model.Node(name) is null)
                throw model.Fail($"it has no node '{name}'; its outputs are {string.Join(", ", model.Outputs.Select(output => $"'{output.Name}'"))}");
            converter._graph.OutputOfAnyShape(name, converter.Value(name));
        }

        return converter._graph;
    }

    private GraphValue Value(string input)
    {
        var (name, place) = input.Split(':') is [var node, var output] ? (node, int.Parse(output)) : (input, 0);
        if (!_values.TryGetValue(name, out var values)) _values[name] = values = Make(name);
        return place < values.Length ? values[place] : throw _model.Fail($"the node '{name}' has no value {place}");
    }

    private GraphValue[] Make(string name)
    {
        if (_model.Weight(name) is { } weight)
        {
            return [weight.Floats is { } floats
                ? floats.Length > 1 ? _graph.Weight("weights/" + name, floats, weight.Shape) : _graph.Constant(floats, weight.Shape)
                : _graph.Constant(weight.Whole!, weight.Shape)];
        }

        var node = _model.Node(name) ?? throw _model.Fail($"there is no node '{name}'");
        GraphValue X(int i) => Value(node.Inputs[i]);
        return node.Operation switch
        {
            "Placeholder" => [_graph.Input(name, OnnxType.Float, [.. node.Shape("shape").Select((size, axis) => size < 0 ? (Dim)$"{name}.{axis}" : size)])],
            "Conv2D" or "_FusedConv2D" or "DepthwiseConv2dNative" or "FusedDepthwiseConv2dNative" => [Convolve(node)],
            "MaxPool" => [Turned(X(0), image => _graph.MaxPool(image, Window(node, node.Wholes("ksize")[1..3])))],
            "AvgPool" => [Turned(X(0), image => _graph.AveragePool(image, Window(node, node.Wholes("ksize")[1..3])))],
            "ResizeBilinear" => [Resize(node)],
            "Transpose" => [_graph.Transpose(X(0), Wholes(node, 1))],
            "Pad" => [Pad(node, 0)],
            "PadV2" => [Pad(node, Constant(node, 2).Floats![0])],
            "Reshape" => [_graph.Reshape(X(0), X(1), zeroIsSize: true)],
            "ExpandDims" => [_graph.Unsqueeze(X(0), Wholes(node, 1))],
            "ConcatV2" => [_graph.Concat((int)Wholes(node, node.Inputs.Count - 1)[0], [.. node.Inputs.SkipLast(1).Select(Value)])],
            "SplitV" => _graph.Split(X(0), (int)Wholes(node, 2)[0], Wholes(node, 1)),
            "StridedSlice" => [Slice(node)],
            "GatherV2" => [_graph.Gather(X(0), X(1), (int)Wholes(node, 2)[0])],
            "TopKV2" when _graph.TopK(X(0), _graph.Constant(Wholes(node, 1)[0..1])) is var (values, places) => [values, places],
            "SparseToDense" when Wholes(node, 0).Length == 0 => [Constant(node, 3).Whole is { } whole
                ? _graph.Fill(X(1), whole[0])
                : _graph.Fill(X(1), Constant(node, 3).Floats![0])],
            "Mean" => [_graph.ReduceMean(X(0), Wholes(node, 1), node.Flag("keep_dims"))],
            "Cast" => [_graph.Cast(X(0), TypeOf(node))],
            "Softmax" => [_graph.Softmax(X(0))],
            "LeakyRelu" => [_graph.LeakyRelu(X(0), node.Single("alpha", 0.2f))],
            "Relu" or "Relu6" or "Elu" or "Sigmoid" or "Tanh" => [Activate(node, X(0), node.Operation)],
            "Exp" => [_graph.Exp(X(0))],
            "Identity" => [X(0)],
            "Add" or "AddV2" or "BiasAdd" => [X(0) + X(1)],
            "Sub" => [X(0) - X(1)],
            "Mul" => [X(0) * X(1)],
            "RealDiv" => [X(0) / X(1)],
            "Maximum" => [_graph.Max(X(0), X(1))],
            "Minimum" => [_graph.Min(X(0), X(1))],
            "Equal" => [_graph.Equal(X(0), X(1))],
            "FloorMod" => [_graph.Mod(X(0), X(1))],
            "FloorDiv" => [X(0).Type == OnnxType.Int64 ? (X(0) - _graph.Mod(X(0), X(1))) / X(1) : _graph.Floor(X(0) / X(1))],
            _ => throw _model.Fail($"the node '{name}' is a {node.Operation}, which is not known"),
        };
    }

    private GraphValue Convolve(TfjsNode node)
    {
        var isDepthwise = node.Operation.Contains("Depthwise", StringComparison.Ordinal);
        var weight = Constant(node, 1);
        if (node.Text("data_format") is not (null or "NHWC") || weight is not { Floats: { } values, Shape: [var height, var width, var channels, var outputs] })
            throw _model.Fail($"the convolution '{node.Name}' is none of images with the channels last");

        // From [height, width, channels, outputs] to [outputs, channels, height, width]; depthwise each channel has outputs of its own.
        var turned = new float[values.Length];
        long[] shape = isDepthwise ? [channels * outputs, 1, height, width] : [outputs, channels, height, width];
        for (long i = 0, place = 0; place < height * width; place++)
        {
            for (long channel = 0; channel < channels; channel++)
            {
                for (long output = 0; output < outputs; output++, i++)
                {
                    var row = isDepthwise ? channel * outputs + output : output * channels + channel;
                    turned[row * height * width + place] = values[i];
                }
            }
        }

        var fused = node.Texts("fused_ops").ToList();
        var bias = fused.Remove("BiasAdd") ? Value(node.Inputs[2]) : null;
        var window = Window(node, [height, width]) with { Dilations = node.Wholes("dilations") is { Length: 4 } dilations ? dilations[1..3] : [1, 1] };
        var made = Turned(
            Value(node.Inputs[0]), image => _graph.Conv(image, _graph.Weight(node.Name + "/kernel", turned, shape), bias, window, isDepthwise ? channels : 1));
        return fused.Aggregate(made, (value, activation) => Activate(node, value, activation));
    }

    private GraphValue Activate(TfjsNode node, GraphValue value, string activation) => activation switch
    {
        "Relu" => _graph.Relu(value),
        "Relu6" => _graph.Clip(value, 0, 6),
        "Elu" => _graph.Elu(value),
        "Sigmoid" => _graph.Sigmoid(value),
        "Tanh" => _graph.Tanh(value),
        "LeakyRelu" => _graph.LeakyRelu(value, node.Single("leakyrelu_alpha", 0.2f)),
        _ => throw _model.Fail($"the node '{node.Name}' has the activation {activation}, which is not known"),
    };

    private OnnxWindow Window(TfjsNode node, long[] size) => node.Text("padding") is "SAME" or "VALID" && node.Wholes("strides") is { Length: 4 } strides
        ? new(size, strides[1..3], [1, 1], node.Text("padding") == "SAME")
        : throw _model.Fail(
            $"the node '{node.Name}' has the padding {node.Text("padding")} and {node.Wholes("strides").Length} strides; SAME or VALID and 4 are known");

    private GraphValue Resize(TfjsNode node)
    {
        var places = node.Flag("half_pixel_centers") ? "half_pixel" : node.Flag("align_corners") ? "align_corners" : "asymmetric";
        return Turned(Value(node.Inputs[0]), image => _graph.ResizeBilinear(image, Value(node.Inputs[1]), places));
    }

    private GraphValue Pad(TfjsNode node, double fill)
    {
        // [axes, before and after].
        var amounts = Wholes(node, 1);
        return _graph.Pad(Value(node.Inputs[0]), [.. amounts.Where((_, i) => i % 2 == 0), .. amounts.Where((_, i) => i % 2 == 1)], fill);
    }

    private GraphValue Slice(TfjsNode node)
    {
        if (new[] { "shrink_axis_mask", "new_axis_mask", "ellipsis_mask" }.Any(mask => node.Whole(mask) != 0))
            throw _model.Fail($"the slice '{node.Name}' changes the number of axes, which is not known");
        long[] Masked(string mask, int input, long open) =>
            [.. Wholes(node, input).Select((place, axis) => (node.Whole(mask) >> axis & 1) == 1 ? open : place)];
        return _graph.Slice(Value(node.Inputs[0]), Masked("begin_mask", 1, 0), Masked("end_mask", 2, long.MaxValue), Wholes(node, 3));
    }

    private OnnxType TypeOf(TfjsNode node) => node.Type("DstT") switch
    {
        "DT_FLOAT" => OnnxType.Float,
        "DT_INT32" or "DT_INT64" => OnnxType.Int64,
        "DT_BOOL" => OnnxType.Bool,
        var other => throw _model.Fail($"the node '{node.Name}' casts to {other}, which is not known"),
    };

    private GraphValue Turned(GraphValue image, Func<GraphValue, GraphValue> use) =>
        _graph.Transpose(use(_graph.Transpose(image, 0, 3, 1, 2)), 0, 2, 3, 1);

    private TfjsTensor Constant(TfjsNode node, int input) => _model.Weight(node.Inputs[input])
        ?? throw _model.Fail($"the {node.Operation} '{node.Name}' takes '{node.Inputs[input]}', which is not stored with it");

    private long[] Wholes(TfjsNode node, int input) => Constant(node, input).Whole
        ?? throw _model.Fail($"the {node.Operation} '{node.Name}' takes '{node.Inputs[input]}', which are no whole numbers");
}
