using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tasks.Referring;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Referring expressions with every model: rows of any number of regions, and the box of the best.</summary>
[Collection(TorchCollection.Name)]
public sealed class ReferringTests
{
    private readonly MLContext _ml = new(1);

    public static TheoryData<string> Kinds => [.. DrawnRegions.OtherKinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Learns_and_survives_a_file(string kind)
    {
        using var folder = new TemporaryFolder();
        var rows = ReferringRow.Make(60);
        var view = ReferringRow.View(_ml, rows);
        using var model = _ml.VisionLanguage().Trainers.ReferringExpressions(Options(kind, 50)).Fit(view);
        var expected = Read(model.Transform(view));
        Assert.InRange(rows.Zip(expected).Count(pair => pair.First.Box(pair.First.Meant).SequenceEqual(pair.Second.PredictedBox)), 57, 60);
        var metrics = _ml.VisionLanguage().EvaluateGrounding(model.Transform(view));
        Assert.InRange(metrics.Accuracy, 0.95, 1);
        Assert.Equal(1, metrics.RecallAt(4));
        Assert.All(rows.Zip(expected), pair =>
        {
            Assert.Equal(pair.First.Regions, pair.Second.Score.Length);
            Assert.All(pair.Second.Score, score => Assert.InRange(score, 0, 1));
            Assert.Equal(pair.First.Box(Array.IndexOf(pair.Second.Score, pair.Second.Score.Max())), pair.Second.PredictedBox);
        });

        var path = folder.File("model.zip");
        _ml.Model.Save(model, view.Schema, path);
        var ours = new MLContext(3).VisionLanguage().Load(path);
        Assert.IsType<ReferringExpressionsTransformer>(ours is IEnumerable<ITransformer> parts ? parts.Single() : ours);
        foreach (var loaded in new[] { new MLContext(2).Model.Load(path, out _), ours })
        {
            var scored = loaded.Transform(view);
            Assert.Equal(4, ((VectorDataViewType)scored.Schema["PredictedBox"].Type).Size);
            var found = Read(scored);
            for (var i = 0; i < rows.Count; i++)
            {
                GoldenAssert.Close(expected[i].Score, found[i].Score, 1e-5, rows[i].Name);
                Assert.Equal(expected[i].PredictedBox, found[i].PredictedBox);
            }
        }

        (ours as IDisposable)?.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Both_engines_agree_and_padding_is_never_predicted(string kind)
    {
        var rows = ReferringRow.Make(9);
        Assert.Contains(rows, row => row.Regions == 1);
        using var network = new Fresh(kind);

        // Below what padding is pushed down to.
        network.SetBias(-30000);
        using var transformer = network.Settings.Create(_ml, network.Parameters.AsSource());
        foreach (var some in new[] { rows, rows[..1] })
        {
            Assert.All(some.Zip(Read(transformer.Transform(ReferringRow.View(_ml, some)))), pair =>
            {
                Assert.All(pair.Second.Score, score => Assert.Equal(0, score));
                Assert.Equal(pair.First.Box(0), pair.Second.PredictedBox);
            });
        }

        network.SetBias(0.1f);
        using var usual = network.Settings.Create(_ml, network.Parameters.AsSource());
        var alone = rows.Select(row => network.Score(_ml, row)).ToList();
        foreach (var some in new[] { rows, rows[3..4] })
        {
            var scored = Read(usual.Transform(ReferringRow.View(_ml, some)));
            for (var i = 0; i < some.Count; i++) GoldenAssert.Close(alone[rows.IndexOf(some[i])], scored[i].Score, 1e-5, some[i].Name);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_loss_of_a_batch_is_that_of_its_rows(string kind)
    {
        using var network = new Fresh(kind);
        var rows = ReferringRow.Make(7);
        rows[2].Boxes = [0, 0, 1, 1];
        rows[3].Boxes = [.. rows[3].Boxes, 0, 0, 40, 30];
        var losses = rows.Select(row => network.Loss(_ml, [row])).ToList();

        // VL-BERT counts regions alike, the whole image among them; the others count rows alike.
        var regions = rows.Select(row => kind == "vlbert" ? row.Regions + 1.0 : 1).ToList();
        Assert.Equal(losses.Zip(regions, (loss, count) => loss * count).Sum() / regions.Sum(), network.Loss(_ml, rows), 1e-5);
        Assert.Equal(kind != "vlbert", network.Task.IsMeanOfRows);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Regions_are_worth_what_the_reference_has(string kind)
    {
        using var network = new Fresh(kind);
        var rows = ReferringRow.Make(5);

        // The box of the others is one pixel narrower than the nine of the region that is meant.
        rows[1].Boxes = [0, 0, 40, 30];
        foreach (var row in rows)
        {
            var logits = network.Logits(_ml, row);
            Assert.Equal(row.Regions + (kind == "lxmert" ? 0 : 1), logits.Length);
            var isWhole = row == rows[1];
            var losses = logits.Select((logit, i) =>
            {
                var target = i == row.Regions ? (isWhole ? 1 : 0) : isWhole || i != row.Meant ? 0 : kind == "vlbert" ? 1 : 8.0 / 9;
                return Math.Log(1 + Math.Exp(logit)) - (target * logit);
            });
            Assert.Equal(kind == "vlbert" ? losses.Average() : losses.Sum(), network.Loss(_ml, [row]), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Weights_are_loaded_as_they_were_saved(string kind)
    {
        using var folder = new TemporaryFolder();
        var view = ReferringRow.View(_ml, ReferringRow.Make(8));
        using var first = _ml.VisionLanguage().Trainers.ReferringExpressions(Options(kind, 1)).Fit(view);
        first.SaveWeights(folder.File("weights.safetensors"));
        var (second, match) = _ml.VisionLanguage().LoadReferringExpressions(folder.File("weights.safetensors"), Questions.ModelOf(kind));
        using (second)
        {
            float[] Scores(ITransformer model) => [.. Read(model.Transform(view)).SelectMany(row => row.Score)];
            GoldenAssert.Close(Scores(first), Scores(second), 1e-5, kind);
        }

        Assert.Empty(match.Unexpected);
    }

    [Fact]
    public void Bad_boxes_and_columns_are_told()
    {
        Assert.Contains("row 2 (Name row 2) of the training data: column 'Boxes': box 0 is (9, 5, 3, 8); x1 <= x2 and y1 <= y2", Refused([9, 5, 3, 8]));
        Assert.Contains("box 1 is (1, 1, 2, NaN)", Refused([0, 0, 1, 1, 1, 1, 2, float.NaN]));
        Assert.Contains("column 'Boxes' has 3 values; 4 a box are expected.", Refused([1, 2, 3]));
        Assert.Contains("column 'Boxes' is empty", Refused([]));
        Assert.Contains("column 'Boxes': (90, 5, 99, 8) lies outside the image.", Refused([90, 5, 99, 8]));

        var rows = ReferringRow.Make(4);
        foreach (var row in rows) row.Boxes = [0, 0, 1, 1];
        Assert.Contains("4 of 4 training rows have no region that overlaps a box of column 'Boxes'", Assert.Throws<InvalidDataException>(() => Fit(rows)).Message);
        rows[1].RegionBoxes = rows[1].RegionBoxes[..3];
        Assert.Contains("row 1 (Name row 1) of the training data: column 'RegionBoxes'", Assert.Throws<InvalidDataException>(() => Fit(rows)).Message);

        var view = ReferringRow.View(_ml, ReferringRow.Make(3));
        string Missing(string column) => Assert.Throws<ArgumentException>(
            () => _ml.VisionLanguage().Trainers.ReferringExpressions(ViLbertConfig.Tiny, boxesColumnName: column).Fit(view)).Message;
        Assert.Contains("there is no column 'Target' in the input; a column of type Vector<Single>", Missing("Target"));
        Assert.Contains("column 'Name' must be of type Vector<Single> but is Text", Missing("Name"));
        Assert.Contains("column 'Boxes' already has another part", Assert.Throws<ArgumentException>(
            () => _ml.VisionLanguage().Trainers.ReferringExpressions(new() { PredictedBoxColumnName = "Boxes" })).Message);

        string Refused(float[] boxes)
        {
            var bad = ReferringRow.Make(4);
            bad[2].Boxes = boxes;
            return Assert.Throws<InvalidDataException>(() => Fit(bad)).Message;
        }

        void Fit(List<ReferringRow> some) =>
            _ml.VisionLanguage().Trainers.ReferringExpressions(Options("vilbert", 1)).Fit(ReferringRow.View(_ml, some)).Dispose();
    }

    [Fact]
    public void The_schema_is_known_before_training()
    {
        var input = _ml.Transforms.CustomMapping<NoColumns, ReferringRow>((_, _) => { }, contractName: null).GetOutputSchema(new SchemaShape([]));
        var shape = _ml.VisionLanguage().Trainers.ReferringExpressions(Options("vilbert", 1)).GetOutputSchema(input)
            .ToDictionary(column => column.Name, column => (column.Kind, column.ItemType));
        Assert.Equal((SchemaShape.Column.VectorKind.VariableVector, (DataViewType)NumberDataViewType.Single), shape["Score"]);
        Assert.Equal((SchemaShape.Column.VectorKind.Vector, (DataViewType)NumberDataViewType.Single), shape["PredictedBox"]);
    }

    private static ReferringExpressionsOptions Options(string kind, int epochs) => new()
    {
        Model = Questions.ModelOf(kind),
        Initialization = WeightInitialization.Xavier,
        Epochs = epochs,
        BatchSize = 8,
        LearningRate = 2e-3,
        CorrectBias = true,
        HeadLearningRate = null,
        Schedule = LearningRateSchedule.WarmupConstant,
        Device = TrainingDevice.Cpu,
        Threads = 1,
        Seed = 3,
        ScoringBatchSize = 7,
        RowIdColumnName = nameof(ReferringRow.Name),
    };

    private List<Scored> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Scored>(view, reuseRowObject: false)];

    private sealed class NoColumns;

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        [VectorType(4)]
        public float[] PredictedBox { get; set; } = [];
    }

    /// <summary>A model of fresh weights on libtorch.</summary>
    private sealed class Fresh : IDisposable
    {
        public Fresh(string kind)
        {
            Task = new(Options(kind, 1));
            Network = Settings.ToNetwork();
            Parameters = new(Network.Parameters(), CPU);
            Parameters.Initialize(WeightInitialization.Xavier, 0.2, 5);
        }

        public ReferringTask Task { get; }

        public ReferringSettings Settings => Task.Settings;

        public ModelParameters Parameters { get; }

        private TaskNetwork Network { get; }

        /// <summary>Sets what is added to every logit.</summary>
        public void SetBias(float value)
        {
            using var gradients = no_grad();
            using var bias = torch.tensor([value]);
            Parameters[Settings.Model.RegionClassifier.Layers.Output + ".bias"].copy_(bias);
        }

        public float[] Score(MLContext ml, ReferringRow row) => Run(ml, [row], batch =>
        {
            var engine = new TorchEngine(Parameters);
            var inputs = Network.Inputs(engine, (column, number) => batch.Value(column, number, CPU));
            var output = Network.Head.Outputs(engine, Network.Logits(engine, inputs), inputs).First();
            return output.Value.contiguous().data<float>().ToArray();
        });

        /// <summary>Of the regions, then of the whole image.</summary>
        public float[] Logits(MLContext ml, ReferringRow row) => Run(ml, [row], batch =>
        {
            var engine = new TorchEngine(Parameters);
            var inputs = Network.Inputs(engine, (column, number) => batch.Value(column, number, CPU));
            return Network.Logits(engine, inputs).contiguous().data<float>().ToArray();
        });

        public double Loss(MLContext ml, List<ReferringRow> rows) =>
            Run(ml, rows, batch => Task.Forward(new TorchEngine(Parameters), batch).Single().Loss.ToDouble());

        public void Dispose() => Parameters.Dispose();

        private T Run<T>(MLContext ml, List<ReferringRow> rows, Func<TrainingBatch, T> run)
        {
            using var folder = new TemporaryFolder();
            using var data = new TrainingRows<BoxLabel>(Task.Inputs, Task.Labels, folder.Path);
            var read = data.Read(ReferringRow.View(ml, rows), "rows");
            using var scope = NewDisposeScope();
            using var gradients = no_grad();
            using var batch = new TrainingBatch(Task.Inputs, data.Collate(read), Task.Targets(read));
            return run(batch);
        }
    }
}
