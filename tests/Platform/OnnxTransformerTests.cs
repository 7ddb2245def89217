using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>What ML.NET's ONNX transformer does with shapes and types; the library is built on these facts.</summary>
public sealed class OnnxTransformerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = NewContext();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_unknown_first_dimension_is_one_and_the_second_comes_from_the_row()
    {
        var data = Rows([1f, 2f, 3f], [4f], []);
        var output = Apply(Doubling("B", "S"), data);
        Assert.False(((VectorDataViewType)output.Schema["y"].Type).IsKnownSize);
        Assert.Equal([[2f, 4f, 6f], [8f], []], output.GetColumn<float[]>("y"));
    }

    [Fact]
    public void Known_dimensions_may_follow_the_unknown_one()
    {
        var graph = new GraphBuilder("sums");
        graph.Output("y", graph.ReduceSum(graph.Input("x", OnnxType.Float, "B", "S", 3), axis: 2, keepDimension: false), "B", "S");
        var model = Write(graph);
        Assert.Equal([[6f, 15f], [3f]], Apply(model, Rows([1f, 2f, 3f, 4f, 5f, 6f], [1f, 1f, 1f])).GetColumn<float[]>("y"));
        RowErrors.Throws<ArgumentException>(() => Apply(model, Rows([1f, 2f, 3f, 4f])).GetColumn<float[]>("y").ToArray());
    }

    [Fact]
    public void Two_unknown_dimensions_after_the_first_are_refused()
    {
        var estimator = Estimator(Doubling("B", "S", "D"));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(Rows([1f, 2f])).Transform(Rows([1f, 2f])));
        Assert.Contains("Only 1 unknown dimension is allowed", error.Message);
    }

    [Fact]
    public void An_unknown_dimension_needs_a_column_of_unknown_size()
    {
        var data = _ml.Data.LoadFromEnumerable([new FixedRow { X = [1f, 2f, 3f] }]);
        RowErrors.Throws<ArgumentException>(() => Apply(Doubling("B", "S"), data).GetColumn<float[]>("y").ToArray());
    }

    [Fact]
    public void A_column_of_unknown_size_needs_an_unknown_dimension()
        => RowErrors.Throws<ArgumentException>(() => Apply(Doubling("B", 3), Rows([1f, 2f, 3f])).GetColumn<float[]>("y").ToArray());

    [Fact]
    public void Fixed_sizes_keep_the_models_dimensions()
    {
        var data = _ml.Data.LoadFromEnumerable([new FixedRow { X = [1f, 2f, 3f] }]);
        var output = Apply(Doubling("B", 3), data);
        var type = (VectorDataViewType)output.Schema["y"].Type;
        Assert.Equal([1, 3], type.Dimensions.ToArray());
        Assert.Equal([[2f, 4f, 6f]], output.GetColumn<float[]>("y"));
    }

    [Fact]
    public void A_fixed_size_that_does_not_fit_is_refused_before_any_row()
    {
        var data = _ml.Data.LoadFromEnumerable([new FixedRow { X = [1f, 2f, 3f] }]);
        var error = Assert.Throws<InvalidOperationException>(() => Apply(Doubling("B", 4), data));
        Assert.Contains("Input shape mismatch", error.Message);
    }

    [Fact]
    public void A_shape_dictionary_makes_unknown_dimensions_known()
    {
        var shapes = new Dictionary<string, int[]> { ["x"] = [1, 3], ["y"] = [1, 3] };
        var estimator = _ml.Transforms.ApplyOnnxModel(["y"], ["x"], Write(Doubling("B", "S")), shapes, recursionLimit: 100);
        var data = _ml.Data.LoadFromEnumerable([new FixedRow { X = [1f, 2f, 3f] }]);
        var output = estimator.Fit(data).Transform(data);
        Assert.True(((VectorDataViewType)output.Schema["y"].Type).IsKnownSize);
        Assert.Equal([[2f, 4f, 6f]], output.GetColumn<float[]>("y"));

        shapes["x"] = [1, 3, 1];
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Transforms.ApplyOnnxModel(["y"], ["x"], Write(Doubling("B", "S")), shapes, recursionLimit: 100));
    }

    [Fact]
    public void Columns_must_have_the_names_and_types_of_the_inputs()
    {
        var estimator = Estimator(Doubling("B", "S"));
        var other = _ml.Data.LoadFromEnumerable([new OtherRow { Other = [1f] }]);
        Assert.Contains("x", Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(other).Transform(other)).Message);
        var integers = Typed([1, 2]);
        Assert.Contains("x", Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(integers).Transform(integers)).Message);
        var missing = Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Transforms.ApplyOnnxModel("z", "x", Write(Doubling("B", "S"))));
        Assert.Contains("does not exist in the ONNX model", missing.Message);
    }

    [Fact]
    public void Every_element_type_goes_in_and_out()
    {
        Same<float>(OnnxType.Float, 1.5f, -2f);
        Same<double>(OnnxType.Double, 1.5, -2e300);
        Same<long>(OnnxType.Int64, 1L << 40, -1);
        Same<int>(OnnxType.Int32, int.MinValue, 7);
        Same<byte>(OnnxType.UInt8, 0, 255);
        Same<sbyte>(OnnxType.Int8, -128, 127);
        Same<bool>(OnnxType.Bool, true, false);
    }

    [Fact]
    public void Several_inputs_give_several_outputs_of_different_sizes()
    {
        var graph = new GraphBuilder("several");
        var ids = graph.Input("Ids", OnnxType.Int64, "B", "S");
        var features = graph.Input("Features", OnnxType.Float, "B", "N", 2);
        graph.Output("Next", ids + 1, "B", "S");
        graph.Output("Means", graph.ReduceMean(features, axis: 1, keepDimension: false), "B", 2);
        string[] inputs = ["Ids", "Features"], outputs = ["Next", "Means"];
        var data = _ml.Data.LoadFromEnumerable([new TwoInputs { Ids = [5, 6, 7], Features = [1f, 2f, 3f, 4f] }]);
        var result = _ml.Transforms.ApplyOnnxModel(outputs, inputs, Write(graph)).Fit(data).Transform(data);
        Assert.Equal([[6L, 7L, 8L]], result.GetColumn<long[]>("Next"));
        Assert.Equal([[2f, 3f]], result.GetColumn<float[]>("Means"));
        Assert.Equal([1, 2], ((VectorDataViewType)result.Schema["Means"].Type).Dimensions.ToArray());
    }

    [Fact]
    public void A_model_may_come_from_a_stream_and_its_columns_from_the_model()
    {
        var estimator = _ml.Transforms.ApplyOnnxModel(new MemoryStream(Doubling("B", "S").ToArray()));
        var data = Rows([1f]);
        Assert.Equal([[2f]], estimator.Fit(data).Transform(data).GetColumn<float[]>("y"));
    }

    [Fact]
    public void Weights_in_half_precision_are_refused()
    {
        var model = ModelProto.Parser.ParseFrom(Doubling("B", "S").ToArray());
        var half = new TensorProto { Name = "half", DataType = (int)OnnxType.Float16, RawData = ByteString.CopyFrom(0, 0x3C) };
        model.Graph.Initializer.Add(half);
        var cast = new NodeProto { OpType = "Cast", Name = "to_single" };
        cast.Input.Add("half");
        cast.Output.Add("single");
        cast.Attribute.Add(new AttributeProto { Name = "to", I = (long)OnnxType.Float, Type = AttributeProto.Types.AttributeType.Int });
        model.Graph.Node.Add(cast);
        var path = _folder.Write("half.onnx", model.ToByteArray());
        var error = Assert.Throws<InvalidOperationException>(() => _ml.Transforms.ApplyOnnxModel("y", "x", path));
        Assert.Contains("Unsupported ONNX scalar type: Float16", error.Message);
    }

    [Fact]
    public void A_prediction_engine_scores_row_by_row()
    {
        var data = Rows([1f]);
        using var engine = _ml.Model.CreatePredictionEngine<Row<float>, Result>(Estimator(Doubling("B", "S")).Fit(data));
        Assert.Equal([4f, 6f], engine.Predict(new Row<float> { X = [2f, 3f] }).Y);
        Assert.Equal([8f], engine.Predict(new Row<float> { X = [4f] }).Y);
    }

    private static MLContext NewContext()
    {
        var ml = new MLContext(seed: 1);
        ml.SetOnnxSessionOption(new OnnxSessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 });
        return ml;
    }

    private static GraphBuilder Doubling(params Dim[] dims)
    {
        var graph = new GraphBuilder("doubling");
        graph.Output("y", graph.Input("x", OnnxType.Float, dims) * 2, dims);
        return graph;
    }

    private string Write(GraphBuilder graph) => _folder.Write(Path.GetRandomFileName() + ".onnx", graph.ToArray());

    private OnnxScoringEstimator Estimator(GraphBuilder graph) => _ml.Transforms.ApplyOnnxModel("y", "x", Write(graph));

    private IDataView Apply(GraphBuilder graph, IDataView data) => Apply(Write(graph), data);

    private IDataView Apply(string path, IDataView data) => _ml.Transforms.ApplyOnnxModel("y", "x", path).Fit(data).Transform(data);

    private IDataView Rows(params float[][] values) => Typed(values);

    private IDataView Typed<T>(params T[][] values) => _ml.Data.LoadFromEnumerable(values.Select(x => new Row<T> { X = x }).ToArray());

    private void Same<T>(OnnxType type, params T[] values)
    {
        var graph = new GraphBuilder("identity");
        graph.Output("y", graph.Input("x", type, "B", "S"), "B", "S");
        Assert.Equal(values, Apply(graph, Typed(values)).GetColumn<T[]>("y").Single());
    }

    private sealed class Row<T>
    {
        [ColumnName("x")]
        public T[] X { get; set; } = [];
    }

    private sealed class FixedRow
    {
        [ColumnName("x"), VectorType(3)]
        public float[] X { get; set; } = [];
    }

    private sealed class OtherRow
    {
        public float[] Other { get; set; } = [];
    }

    private sealed class TwoInputs
    {
        public long[] Ids { get; set; } = [];

        public float[] Features { get; set; } = [];
    }

    private sealed class Result
    {
        [ColumnName("y")]
        public float[] Y { get; set; } = [];
    }
}
