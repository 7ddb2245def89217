using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>
/// Names of a score's slots ride in the ONNX model: as the keys of a node that nobody reads and that ML.NET knows by its name. So they
/// are in
/// a saved model, and plain loading gives them back.
/// </summary>
public sealed class OnnxSlotNamesTests : IDisposable
{
    private static readonly string[] Names = ["yes", "", "blå 雪 🦊", "yes"];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_output_takes_its_slot_names_from_the_node_named_after_it()
    {
        var data = Rows();
        var scored = _ml.Transforms.ApplyOnnxModel("Score", "x", Write(Scores("Score"))).Fit(data).Transform(data);

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, Names.Length), scored.Schema["Score"].Type);
        Assert.Equal(Names, NamesOf(scored.Schema["Score"]));
        Assert.Equal([[3f, 3f, 3f, 3f], [9f, 9f, 9f, 9f]], scored.GetColumn<float[]>("Score"));
    }

    [Fact]
    public void Slot_names_survive_saving_and_plain_loading()
    {
        var data = Rows();
        var model = _ml.Transforms.ApplyOnnxModel("Score", "x", Write(Scores("Score"))).Fit(data);
        _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));
        Directory.Delete(_folder.File("onnx"), recursive: true);

        Assert.Equal(Names, NamesOf(new MLContext().Model.Load(_folder.File("model.zip"), out _).Transform(data).Schema["Score"]));
    }

    [Fact]
    public void Copied_columns_keep_them()
    {
        var data = Rows();
        var copied = _ml.Transforms.ApplyOnnxModel("Score", "x", Write(Scores("Score")))
            .Append(_ml.Transforms.CopyColumns("Copy", "Score")).Append(_ml.Transforms.DropColumns("Score")).Fit(data).Transform(data);

        Assert.Equal(Names, NamesOf(copied.Schema["Copy"]));
    }

    [Fact]
    public void The_estimator_does_not_announce_them()
    {
        var estimator = _ml.Transforms.ApplyOnnxModel("Score", "x", Write(Scores("Score")));
        var shape = estimator.GetOutputSchema(SchemaOf(_ml.Transforms.CopyColumns("again", "x")));

        Assert.Empty(shape.Single(column => column.Name == "Score").Annotations);

        SchemaShape SchemaOf(IEstimator<ITransformer> copy) => new(_ml.Transforms
            .CustomMapping<Nothing, Row>((_, _) => { }, null).GetOutputSchema(new SchemaShape([])));
    }

    /// <summary>The sum of x for every name; declared as [N], as a row is one run.</summary>
    private static ModelProto Scores(string output)
    {
        var graph = new GraphBuilder("named");
        var sum = graph.ReduceSum(graph.Input("x", OnnxType.Float, "B", "S"), axis: 1);
        graph.Output(output, graph.Reshape(graph.Concat(1, sum, sum, sum, sum), -1), Names.Length);
        var model = ModelProto.Parser.ParseFrom(graph.ToArray());
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 2 });
        var unused = new TensorProto { Name = "unused", DataType = (int)OnnxType.String, Dims = { 1 } };
        unused.StringData.Add(ByteString.CopyFromUtf8("yes"));
        model.Graph.Initializer.Add(unused);
        var keys = new AttributeProto { Name = "keys_strings", Type = AttributeProto.Types.AttributeType.Strings };
        keys.Strings.AddRange(Names.Select(ByteString.CopyFromUtf8));
        var values = new AttributeProto { Name = "values_int64s", Type = AttributeProto.Types.AttributeType.Ints };
        values.Ints.AddRange(Names.Select((_, i) => (long)i));
        model.Graph.Node.Add(new NodeProto
        {
            Name = $"mlnet.{output}.SlotNames",
            OpType = "LabelEncoder",
            Domain = "ai.onnx.ml",
            Input = { "unused" },
            Output = { "unused.codes" },
            Attribute = { keys, values },
        });
        return model;
    }

    private static string[] NamesOf(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private string Write(ModelProto model)
    {
        Directory.CreateDirectory(_folder.File("onnx"));
        return _folder.Write(Path.Combine("onnx", "named.onnx"), model.ToByteArray());
    }

    private IDataView Rows() => _ml.Data.LoadFromEnumerable([new Row { X = [1f, 2f] }, new Row { X = [9f] }]);

    private sealed class Row
    {
        [ColumnName("x")]
        public float[] X { get; set; } = [];
    }
}
