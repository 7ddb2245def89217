using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Somebody else's model as a stage of ours: as it is, with its image taken from a row of values and each value that is asked for given as one,
/// so that neither its operator set nor its shapes concern the stages beside it.
/// </summary>
internal sealed class DetectorModel
{
    private const string ShapePrefix = Column.HelperPrefix + "shape.";
    private const int Float16 = 10;

    private readonly string _path;
    private readonly ModelProto _model;

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no model of one image, or has no such values.</exception>
    public DetectorModel(string path, OnnxDetector detector)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"{DetectorSettings.Kind}: the model '{path}' does not exist.", path);
        _path = path;
        Names = [.. detector.Outputs.Select(part => part.Output.Name).Concat(detector.Maps.Select(map => map.Name)).Distinct(StringComparer.Ordinal)];
        _model = Read();

        if (_model.Graph is null) throw Fail("it is no ONNX model: no graph is in it");
        if (_model.Graph.Initializer.Any(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External))
            throw Fail("its weights lie in other files; save it as one file");
        var image = Image(detector.InputName);
        (Width, Height) = SizeOf(image, detector);
        Wrap(image, detector);
        Shapes = Probe(detector);
        foreach (var shape in _model.Graph.Output.Where(output => output.Name.StartsWith(ShapePrefix, StringComparison.Ordinal)).ToList())
            _model.Graph.Output.Remove(shape);
    }

    /// <summary>Pixels across of its input.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>The names of the values that are asked for.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The shape of each, of an image of zeros.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <summary>The stage's output of a value: Float [1, values].</summary>
    public static string ColumnOf(string name) => Column.HelperPrefix + "detected." + name;

    public void WriteTo(Stream output) => _model.WriteTo(output);

    /// <summary>What an error tells of the values there are.</summary>
    public string Found => string.Join(", ", Shapes.Select(pair => $"'{pair.Key}' [{string.Join(", ", pair.Value)}]"));

    public InvalidDataException Fail(string problem) => new($"{DetectorSettings.Kind}: the model '{_path}': {problem}.");

    private ModelProto Read()
    {
        if (TfjsModel.IsOne(_path)) return ModelProto.Parser.ParseFrom(TfjsConverter.Convert(TfjsModel.Read(_path), Names).ToArray());
        try
        {
            using var file = File.OpenRead(_path);
            return ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"{DetectorSettings.Kind}: '{_path}' is no ONNX model: {e.Message}", e);
        }
    }

    private ValueInfoProto Image(string? name)
    {
        var weights = _model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = _model.Graph.Input.Where(input => !weights.Contains(input.Name)).ToList();
        var found = string.Join(", ", inputs.Select(Describe));
        if (name is not null && inputs.All(input => input.Name != name)) throw Fail($"InputName: it has no input '{name}'; its inputs are {found}");
        if (inputs.Count != 1) throw Fail($"one input is expected, an image; its inputs are {found}");
        return inputs[0];
    }

    private (int Width, int Height) SizeOf(ValueInfoProto input, OnnxDetector detector)
    {
        var type = input.Type?.TensorType;
        if (type is not { ElemType: (int)OnnxType.Float or (int)OnnxType.UInt8 or Float16 })
            throw Fail($"its input {Describe(input)} is expected to be of floats, of halves or of bytes");
        var dims = type.Shape?.Dim.Select(dim => dim.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue && dim.DimValue > 0
            ? (long?)dim.DimValue : null).ToArray() ?? [null, null, null, null];
        var (channels, height, width) = detector.Layout == OnnxLayout.ChannelsFirst ? (1, 2, 3) : (3, 1, 2);
        if (dims.Length != 4 || dims[0] is not (null or 1) || dims[channels] is not (null or 3))
            throw Fail($"its input {Describe(input)} is no image of {nameof(detector.Layout)} {detector.Layout}");
        return (Side(nameof(detector.InputWidth), detector.InputWidth, dims[width]), Side(nameof(detector.InputHeight), detector.InputHeight, dims[height]));

        int Side(string option, int? wanted, long? fixedSide)
        {
            if (wanted is { } side && fixedSide is { } own && side != own)
                throw Fail($"{option} is {side}, but its input is {Describe(input)}");
            return wanted ?? (int?)fixedSide ?? throw Fail($"its input {Describe(input)} takes any size: {option} is needed");
        }
    }

    private void Wrap(ValueInfoProto image, OnnxDetector detector)
    {
        var graph = _model.Graph;
        var values = graph.Input.Select(input => input.Name)
            .Concat(graph.Node.SelectMany(node => node.Output)).Concat(graph.Initializer.Select(tensor => tensor.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var name in Names)
        {
            if (!values.Contains(name))
                throw Fail($"it has no value '{name}'; its outputs are {string.Join(", ", graph.Output.Select(Describe))}");
        }

        long[] shape = detector.Layout == OnnxLayout.ChannelsFirst ? [1, 3, Height, Width] : [1, Height, Width, 3];
        var type = image.Type.TensorType.ElemType;
        graph.Input.Remove(image);
        graph.Input.Add(Row(DetectorInputGraph.Output, OnnxType.Float, "rows", "values"));
        List<NodeProto> before = [.. Reshape(DetectorInputGraph.Output, Column.HelperPrefix + "detectorimage", shape)];
        before.Add(Cast(Column.HelperPrefix + "detectorimage", image.Name, type));
        for (var i = 0; i < before.Count; i++) graph.Node.Insert(i, before[i]);
        graph.Output.Clear();
        foreach (var name in Names)
        {
            graph.Node.Add(Cast(name, Column.HelperPrefix + "cast." + name, (int)OnnxType.Float));
            graph.Node.AddRange(Reshape(Column.HelperPrefix + "cast." + name, ColumnOf(name), [1, -1]));
            graph.Node.Add(new NodeProto { OpType = "Shape", Input = { name }, Output = { ShapePrefix + name } });
            graph.Output.Add(Row(ColumnOf(name), OnnxType.Float, "rows", "values"));
            graph.Output.Add(Row(ShapePrefix + name, OnnxType.Int64, "axes"));
        }
    }

    /// <summary>Runs it once, which shows that it runs, and what it gives.</summary>
    private Dictionary<string, long[]> Probe(OnnxDetector detector)
    {
        try
        {
            using var runner = new OnnxRunner(_model.ToByteArray());
            var values = (long)Width * Height * 3;
            var given = new Dictionary<string, OnnxTensor> { [DetectorInputGraph.Output] = OnnxTensor.Of(new float[values], 1, values) };
            var results = runner.Run(given, [.. Names.Select(name => ShapePrefix + name)]);
            return Names.ToDictionary(name => name, name => results[ShapePrefix + name].Int64s.ToArray(), StringComparer.Ordinal);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException(
                $"{DetectorSettings.Kind}: the model '{_path}' does not run on an image of {Width} x {Height} pixels, {detector.Layout}: {e.Message}", e);
        }
    }

    private static ValueInfoProto Row(string name, OnnxType type, params string[] axes)
    {
        var shape = new TensorShapeProto();
        foreach (var axis in axes) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = $"{name}.{axis}" });
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }

    private static NodeProto[] Reshape(string from, string to, long[] shape)
    {
        var tensor = new TensorProto { DataType = (int)OnnxType.Int64, Dims = { shape.Length }, Int64Data = { shape } };
        return
        [
            new()
            {
                OpType = "Constant",
                Output = { to + ".shape" },
                Attribute = { new AttributeProto { Name = "value", T = tensor, Type = AttributeProto.Types.AttributeType.Tensor } },
            },
            new() { OpType = "Reshape", Input = { from, to + ".shape" }, Output = { to } },
        ];
    }

    private static NodeProto Cast(string from, string to, int type) => new()
    {
        OpType = "Cast",
        Input = { from },
        Output = { to },
        Attribute = { new AttributeProto { Name = "to", I = type, Type = AttributeProto.Types.AttributeType.Int } },
    };

    private static string Describe(ValueInfoProto value)
    {
        var tensor = value.Type?.TensorType;
        var dims = tensor?.Shape?.Dim.Select(dim => dim.ValueCase switch
        {
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue => $"{dim.DimValue}",
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => dim.DimParam,
            _ => "?",
        }) ?? [];
        return $"'{value.Name}' {(tensor is null ? "" : (OnnxType)tensor.ElemType)}[{string.Join(", ", dims)}]";
    }
}
