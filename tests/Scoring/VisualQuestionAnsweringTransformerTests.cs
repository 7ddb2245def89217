using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tasks.Answering;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Scoring;

public sealed class VisualQuestionAnsweringTransformerTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly VisualQuestionAnsweringTransformer _model;

    public VisualQuestionAnsweringTransformerTests() => _model = AnswerFixture.Create(_ml);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Scores_are_those_of_the_graph_on_each_row_alone()
    {
        var rows = AnswerFixture.Rows(20);
        var scored = AnswerFixture.Read(_ml, _model.Transform(_ml.Data.LoadFromEnumerable(rows)));
        using var runner = new OnnxRunner(AnswerFixture.WithWeights(w =>
            TaskGraph.Create(AnswerFixture.Settings.ToNetwork(), w).ToArray()));
        Assert.Equal(rows.Count, scored.Count);
        foreach (var (row, result) in rows.Zip(scored))
        {
            int tokens = row.InputIds.Length, regions = row.RegionBoxes.Length / 4;
            var expected = runner.Run(new Dictionary<string, OnnxTensor>
            {
                [StandardColumns.InputIds.Name] = OnnxTensor.Of(row.InputIds, 1, tokens),
                [StandardColumns.AttentionMask.Name] = OnnxTensor.Of(row.AttentionMask, 1, tokens),
                [StandardColumns.TokenTypeIds.Name] = OnnxTensor.Of(row.TokenTypeIds, 1, tokens),
                [StandardColumns.RegionFeatures.Name] = OnnxTensor.Of(row.RegionFeatures, 1, regions, AnswerFixture.Features),
                [StandardColumns.RegionBoxes.Name] = OnnxTensor.Of(row.RegionBoxes, 1, regions, 4),
                [StandardColumns.ImageSize.Name] = OnnxTensor.Of(row.ImageSize, 1, 2),
            })[TaskHead.Score].Singles;
            GoldenAssert.Close(expected, result.Score, 1e-5, row.Name);
            Assert.Equal(row.Number, result.Number);
            Assert.Equal(row.InputIds, result.InputIds);
            Assert.Equal((uint)Array.IndexOf(result.Score, result.Score.Max()) + 1, result.PredictedLabel);
        }

        Assert.NotEqual(scored[0].Score, scored[1].Score);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void The_batch_size_changes_no_score(int batchSize)
    {
        var data = _ml.Data.LoadFromEnumerable(AnswerFixture.Rows(13));
        using var other = AnswerFixture.Create(_ml, AnswerFixture.Settings with { BatchSize = batchSize });
        Assert.Equal(batchSize, other.BatchSize);
        foreach (var (a, b) in AnswerFixture.Read(_ml, _model.Transform(data)).Zip(AnswerFixture.Read(_ml, other.Transform(data))))
            GoldenAssert.Close(a.Score, b.Score, 1e-5, a.Name);
    }

    [Fact]
    public void The_schema_names_the_answers()
    {
        var view = _model.Transform(_ml.Data.LoadFromEnumerable(AnswerFixture.Rows(1)));
        VBuffer<ReadOnlyMemory<char>> slots = default, keys = default;
        view.Schema["Score"].GetSlotNames(ref slots);
        view.Schema["PredictedLabel"].GetKeyValues(ref keys);
        Assert.Equal(_model.Answers, slots.DenseValues().Select(text => text.ToString()));
        Assert.Equal(_model.Answers, keys.DenseValues().Select(text => text.ToString()));
        var score = Assert.IsType<VectorDataViewType>(view.Schema["Score"].Type);
        Assert.Equal((AnswerFixture.Answers, NumberDataViewType.Single), (score.Size, score.ItemType));
        Assert.Equal((ulong)AnswerFixture.Answers, Assert.IsType<KeyDataViewType>(view.Schema["PredictedLabel"].Type).Count);
        var shape = _model.GetOutputSchema(_ml.Data.LoadFromEnumerable(AnswerFixture.Rows(1)).Schema);
        Assert.Equal(view.Schema.Select(column => (column.Name, column.Type.ToString())), shape.Select(column => (column.Name, column.Type.ToString())));
        Assert.DoesNotContain(view.Schema, column => column.Name.StartsWith("__vl", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_turn_back_into_answers()
    {
        var data = _ml.Data.LoadFromEnumerable(AnswerFixture.Rows(5));
        var scored = _model.Transform(data);
        var texts = _ml.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("Answer").ToList();
        var keys = scored.GetColumn<uint>("PredictedLabel").ToList();
        Assert.Equal(keys.Select(key => _model.Answers[(int)key - 1]), texts);
    }

    [Fact]
    public void A_prediction_engine_gives_the_same_scores()
    {
        var rows = AnswerFixture.Rows(6);
        var batched = AnswerFixture.Read(_ml, _model.Transform(_ml.Data.LoadFromEnumerable(rows)));
        using var engine = _ml.Model.CreatePredictionEngine<AnswerRow, AnswerOutput>(_model);
        foreach (var (row, expected) in rows.Zip(batched))
        {
            var found = engine.Predict(row);
            GoldenAssert.Close(expected.Score, found.Score, 1e-5, row.Name);
            Assert.Equal(expected.PredictedLabel, found.PredictedLabel);
            Assert.Equal(row.Name, found.Name);
        }
    }

    [Fact]
    public void The_row_mapper_asks_for_its_inputs_only()
    {
        var schema = _ml.Data.LoadFromEnumerable(AnswerFixture.Rows(1)).Schema;
        var mapper = ((ITransformer)_model).GetRowToRowMapper(schema);
        Assert.Same(schema, mapper.InputSchema);
        Assert.Equal(["Name"], mapper.GetDependencies([mapper.OutputSchema["Name"]]).Select(column => column.Name));
        string[] all = ["InputIds", "AttentionMask", "TokenTypeIds", "RegionFeatures", "RegionBoxes", "ImageSize"];
        Assert.Equal(all.Order(), mapper.GetDependencies([mapper.OutputSchema["Score"]]).Select(column => column.Name).Order());
        Assert.Equal(all.Append("Number").Order(),
            mapper.GetDependencies([mapper.OutputSchema["PredictedLabel"], mapper.OutputSchema["Number"]]).Select(column => column.Name).Order());
    }

    [Fact]
    public void Other_column_names_are_read_and_written_and_the_usual_ones_left_alone()
    {
        var settings = AnswerFixture.Settings with { Columns = new() { [StandardColumns.RegionBoxes] = "Places" }, ScoreColumnName = "Probability", PredictedLabelColumnName = "Answer" };
        using var model = AnswerFixture.Create(_ml, settings);
        var rows = AnswerFixture.Rows(4);
        var data = _ml.Transforms.CopyColumns("Places", "RegionBoxes").Append(_ml.Transforms.CopyColumns("RegionBoxes", "Name"))
            .Append(_ml.Transforms.CopyColumns("Score", "Number")).Fit(_ml.Data.LoadFromEnumerable(rows)).Transform(_ml.Data.LoadFromEnumerable(rows));
        var scored = model.Transform(data);
        var expected = AnswerFixture.Read(_ml, _model.Transform(_ml.Data.LoadFromEnumerable(rows)));
        var found = scored.GetColumn<float[]>("Probability").ToList();
        for (var i = 0; i < rows.Count; i++)
            GoldenAssert.Close(expected[i].Score, found[i], 1e-5, rows[i].Name);
        Assert.Equal(rows.Select(row => row.Number), scored.GetColumn<int>("Score"));
        Assert.Equal(rows.Select(row => row.Name), scored.GetColumn<string>("RegionBoxes"));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(18)]
    public void Another_number_of_answers_is_refused(int count)
    {
        var settings = AnswerFixture.Settings with { Answers = [.. Enumerable.Range(0, count).Select(i => $"a{i}")] };
        var error = Assert.Throws<ArgumentException>(() => AnswerFixture.Create(_ml, settings));
        Assert.Contains($"{count} answers", error.Message);
        Assert.Contains("17 scores", error.Message);
    }

    [Fact]
    public void Impossible_settings_are_refused()
    {
        string[] answers = [.. AnswerFixture.Settings.Answers];
        answers[3] = answers[2];
        Assert.Contains("answer 2", Refused(AnswerFixture.Settings with { Answers = answers }));
        answers[3] = null!;
        Assert.Contains("Answer 3 is missing", Refused(AnswerFixture.Settings with { Answers = answers }));
        Assert.Contains("BatchSize", Refused(AnswerFixture.Settings with { BatchSize = 0 }));
        Assert.Contains("Threads", Refused(AnswerFixture.Settings with { Threads = -1 }));
        Assert.Contains("'nothing'", Refused(AnswerFixture.Settings with { Head = "nothing" }));
        Assert.Contains("'PredictedLabel'", Refused(AnswerFixture.Settings with { ScoreColumnName = "PredictedLabel" }));

        string Refused(AnswerModelSettings settings) => Assert.ThrowsAny<ArgumentException>(() => AnswerFixture.Create(_ml, settings)).Message;
    }

    [Fact]
    public void A_missing_or_mistyped_column_is_named()
    {
        var data = _ml.Data.LoadFromEnumerable(AnswerFixture.Rows(1));
        var without = _ml.Transforms.DropColumns("RegionBoxes").Fit(data).Transform(data);
        Assert.Contains("'RegionBoxes'", Assert.Throws<ArgumentException>(() => _model.Transform(without)).Message);
        var mistyped = _ml.Transforms.CopyColumns("InputIds", "Name").Fit(data).Transform(data);
        var error = Assert.Throws<ArgumentException>(() => _model.GetOutputSchema(mistyped.Schema));
        Assert.Contains("'InputIds'", error.Message);
        Assert.Contains("Vector<Int64>", error.Message);
    }

    [Fact]
    public void A_disposed_model_says_so()
    {
        var model = AnswerFixture.Create(_ml);
        var view = model.Transform(_ml.Data.LoadFromEnumerable(AnswerFixture.Rows(1)));
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => AnswerFixture.Read(_ml, view));
    }

    [Fact]
    public void The_shape_of_the_outputs_tells_kinds_and_annotations()
    {
        var data = _ml.Data.LoadFromEnumerable(AnswerFixture.Rows(1));
        var shape = AnswerFixture.Settings.ToTask().OutputShape(_ml, SchemaShapeOf(data));
        var score = shape.Single(column => column.Name == "Score");
        var label = shape.Single(column => column.Name == "PredictedLabel");
        Assert.Equal((SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false), (score.Kind, score.ItemType, score.IsKey));
        Assert.True(label.IsKey);
        Assert.Contains(score.Annotations, annotation => annotation.Name == "SlotNames");
        Assert.Contains(label.Annotations, annotation => annotation.Name == "KeyValues");
        Assert.Contains(shape, column => column.Name == "InputIds");
    }

    /// <summary>Estimators take shapes; a copy's output is the only public way from a schema to one.</summary>
    private SchemaShape SchemaShapeOf(IDataView data)
    {
        SchemaShape? seen = null;
        new EstimatorChain<ITransformer>().Append(new ShapeProbe(shape => seen = shape)).Append(_ml.Transforms.CopyColumns("x", "Name")).Fit(data);
        return seen!;
    }

    private sealed class ShapeProbe(Action<SchemaShape> see) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            see(inputSchema);
            return inputSchema;
        }
    }
}
