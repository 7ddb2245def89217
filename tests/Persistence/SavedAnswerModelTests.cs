using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tasks.Answering;
using MLNet.VisionLanguage.Tests.Scoring;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Persistence;

/// <summary>A pipeline from a question's text to an answer, saved and loaded in every way.</summary>
public sealed class SavedAnswerModelTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly List<QuestionRow> _rows = Rows();
    private readonly IDataView _data;
    private readonly TransformerChain<VisualQuestionAnsweringTransformer> _model;
    private readonly List<AnswerOnly> _expected;

    public SavedAnswerModelTests()
    {
        _data = _ml.Data.LoadFromEnumerable(_rows);
        _model = _ml.Transforms.TokenizeText(Vocabulary(), "Question").Fit(_data).Append(AnswerFixture.Create(_ml));
        _expected = Read(_model.Transform(_data));
    }

    private string ZipPath => _folder.File("model.zip");

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_plain_process_gives_the_same_answers()
    {
        _ml.Model.Save(_model, _data.Schema, ZipPath);
        var results = RunPlainLoader();
        Assert.StartsWith("Microsoft.ML.Data.TransformerChain", results.GetProperty("Type").GetString());
        AssertSame(_expected, results.GetProperty("Enumerated").Deserialize<List<AnswerOnly>>()!);
        AssertSame(_expected, results.GetProperty("Predicted").Deserialize<List<AnswerOnly>>()!);
        Assert.Equal(AnswerFixture.Settings.Answers, results.GetProperty("Answers").Deserialize<string[]>()!);
        Assert.Equal(AnswerFixture.Settings.Answers, results.GetProperty("SlotNames").Deserialize<string[]>()!);
        Assert.Equal($"Vector<Single, {AnswerFixture.Answers}>", results.GetProperty("ScoreType").GetString());
        Assert.Equal(_data.Schema.Select(column => column.Name), results.GetProperty("InputColumns").Deserialize<string[]>()!);
        Assert.DoesNotContain(results.GetProperty("OutputColumns").Deserialize<string[]>()!, name => name.StartsWith("__vl", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_brings_our_transformers_back_and_they_save_again()
    {
        _ml.Model.Save(_model, _data.Schema, ZipPath);
        var ml = new MLContext(seed: 2);
        var again = _folder.File("again.zip");
        var loaded = ml.VisionLanguage().Load(ZipPath, out var schema);
        AssertRestored(loaded);
        Assert.Equal(_data.Schema.Select(column => column.Name), schema!.Select(column => column.Name));
        AssertSame(_expected, Read(loaded.Transform(_data)));
        using (var engine = ml.Model.CreatePredictionEngine<QuestionRow, AnswerOnly>(loaded))
        {
            AssertSame(_expected, [.. _rows.Select(engine.Predict)]);
            ml.VisionLanguage().Save(loaded, schema, again);
        }

        File.Delete(ZipPath);
        var reloaded = ml.VisionLanguage().Load(again);
        AssertRestored(reloaded);
        AssertSame(_expected, Read(reloaded.Transform(_data)));
        (reloaded as IDisposable)!.Dispose();
        AssertSame(_expected, Read(ml.Model.Load(again, out _).Transform(_data)));

        static void AssertRestored(ITransformer model)
        {
            var parts = Assert.IsType<TransformerChain<ITransformer>>(model).ToList();
            Assert.Equal("question", Assert.IsType<TokenizeTextTransformer>(parts[0]).TextColumnName.ToLowerInvariant());
            Assert.Equal(AnswerFixture.Settings.Answers, Assert.IsType<VisualQuestionAnsweringTransformer>(parts[1]).Answers);
        }
    }

    [Fact]
    public void Settings_survive_saving()
    {
        using var model = AnswerFixture.Create(_ml, AnswerFixture.Settings with { BatchSize = 5, ScoreColumnName = "S", Threads = 2 });
        _ml.VisionLanguage().Save(model, null, ZipPath);
        using var loaded = Assert.IsType<VisualQuestionAnsweringTransformer>(_ml.VisionLanguage().Load(ZipPath, out var schema));
        Assert.Null(schema);
        Assert.Equal(model.TaskSettings.ToTask().State, loaded.TaskSettings.ToTask().State);
    }

    [Fact]
    public void A_state_from_before_tasks_shared_their_settings_is_read()
    {
        const string State = """
            {"kind":"VisualQuestionAnswering","version":1,"Model":{"kind":"lxmert","hidden_size":24,"num_attention_heads":2},"Head":"logit_fc",
            "Answers":["yes","","no"],"Columns":{"InputIds":"Ids"},"ScoreColumnName":"S","PredictedLabelColumnName":"P","RowIdColumnName":null,
            "BatchSize":5,"Threads":2}
            """;

        var settings = AnswerModelSettings.FromState(State.ReplaceLineEndings(""));

        Assert.Equal(["yes", "", "no"], settings.Answers);
        Assert.Equal(("logit_fc", "S", "P", null, 5, 2), (
            settings.Head, settings.ScoreColumnName, settings.PredictedLabelColumnName, settings.RowIdColumnName, settings.BatchSize, settings.Threads));
        Assert.Equal("Ids", settings.Inputs().Columns[0].Name);
        Assert.Equal(24, settings.Model.TextSize);
        Assert.Equal(settings.ToTask().State, AnswerModelSettings.FromState(settings.ToTask().State).ToTask().State);
    }

    [Fact]
    public void Models_inside_nested_chains_come_back_too()
    {
        using var second = AnswerFixture.Create(_ml, AnswerFixture.Settings with { ScoreColumnName = "Score2", PredictedLabelColumnName = "Label2" });
        var nested = new TransformerChain<ITransformer>(_model, new TransformerChain<ITransformer>(second, _ml.Transforms.CopyColumns("Copy", "Score2").Fit(
            second.Transform(_model.Transform(_data)))));
        _ml.Model.Save(nested, _data.Schema, ZipPath);
        var loaded = _ml.VisionLanguage().Load(ZipPath);
        var inner = ((IEnumerable<ITransformer>)((IEnumerable<ITransformer>)loaded).Last()).ToList();
        Assert.IsType<VisualQuestionAnsweringTransformer>(inner[0]);
        var scored = loaded.Transform(_data);
        AssertSame(_expected, Read(scored));
        Assert.Equal(scored.GetColumn<float[]>("Score"), scored.GetColumn<float[]>("Copy"));
        (loaded as IDisposable)!.Dispose();
    }

    [Fact]
    public void Columns_of_a_fixed_size_are_taken_as_well()
    {
        var rows = AnswerFixture.Rows(4).Select((_, i) => AnswerFixture.Row(new Random(i), i, tokens: 3, regions: 2)).ToList();
        var definition = SchemaDefinition.Create(typeof(AnswerRow));
        definition["InputIds"].ColumnType = definition["AttentionMask"].ColumnType = definition["TokenTypeIds"].ColumnType =
            new VectorDataViewType(NumberDataViewType.Int64, 3);
        definition["RegionFeatures"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2, AnswerFixture.Features);
        definition["RegionBoxes"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2, 4);
        var fixedSize = _ml.Data.LoadFromEnumerable(rows, definition);
        using var model = AnswerFixture.Create(_ml);
        var expected = Read(model.Transform(_ml.Data.LoadFromEnumerable(rows)));
        AssertSame(expected, Read(model.Transform(fixedSize)));
        _ml.Model.Save(model, fixedSize.Schema, ZipPath);
        AssertSame(expected, Read(_ml.Model.Load(ZipPath, out _).Transform(fixedSize)));
    }

    [Fact]
    public void A_model_of_others_is_loaded_as_it_is()
    {
        var copy = _ml.Transforms.CopyColumns("Copy", "Question").Fit(_data);
        _ml.Model.Save(copy, _data.Schema, ZipPath);
        var loaded = _ml.VisionLanguage().Load(ZipPath);
        Assert.Equal(_rows.Select(row => row.Question), loaded.Transform(_data).GetColumn<string>("Copy"));
    }

    [Fact]
    public void A_stream_is_loaded_and_left_open()
    {
        _ml.Model.Save(_model, _data.Schema, ZipPath);
        using var stream = new MemoryStream(File.ReadAllBytes(ZipPath));
        var loaded = _ml.VisionLanguage().Load(stream, out _);
        Assert.True(stream.CanRead);
        AssertSame(_expected, Read(loaded.Transform(_data)));
        (loaded as IDisposable)!.Dispose();
    }

    [Fact]
    public void A_damaged_file_is_named()
    {
        _ml.Model.Save(_model, _data.Schema, ZipPath);
        var bytes = File.ReadAllBytes(ZipPath);
        foreach (var length in new[] { 0, 10, bytes.Length / 2, bytes.Length - 10 })
            AssertRefused(bytes.AsSpan(0, length));
        AssertRefused("this is text and no zip"u8);

        using var other = new MemoryStream();
        using (var zip = new ZipArchive(other, ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("hello.txt").Open().Dispose();
        Assert.Contains("no saved ML.NET model", AssertRefused(other.ToArray()));
        Assert.Throws<FileNotFoundException>(() => _ml.VisionLanguage().Load(_folder.File("missing.zip")));

        string AssertRefused(ReadOnlySpan<byte> content)
        {
            var path = _folder.Write("damaged.zip", content);
            var message = Assert.Throws<InvalidDataException>(() => _ml.VisionLanguage().Load(path)).Message;
            Assert.Contains($"'{path}'", message);
            return message;
        }
    }

    [Fact]
    public void An_entry_cut_short_inside_the_zip_is_noticed()
    {
        _ml.Model.Save(_model, _data.Schema, ZipPath);
        using (var zip = ZipFile.Open(ZipPath, ZipArchiveMode.Update))
        {
            var entry = zip.Entries.Single(e => e.Name == "OnnxModel");
            using var stream = entry.Open();
            stream.SetLength(stream.Length / 2);
        }

        var error = Assert.Throws<InvalidDataException>(() => _ml.VisionLanguage().Load(ZipPath));
        Assert.Contains("OnnxModel", error.Message);
        Assert.Contains(ZipPath, error.Message);
    }

    [Fact]
    public void A_failed_save_leaves_the_old_file()
    {
        _folder.Write("model.zip", "old"u8);
        var broken = new TransformerChain<ITransformer>(_model, new FullDisk());
        Assert.ThrowsAny<IOException>(() => _ml.VisionLanguage().Save(broken, _data.Schema, ZipPath));
        Assert.Equal("old", File.ReadAllText(ZipPath));
        Assert.Equal(["model.zip"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    /// <summary>Saves as on a full disk: after what was before it.</summary>
    private sealed class FullDisk : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public void Save(ModelSaveContext ctx) => throw new IOException("No space left on device.");

        public IDataView Transform(IDataView input) => input;
    }

    private static List<AnswerOnly> Read(IDataView view)
    {
        var ml = new MLContext(seed: 1);
        return [.. ml.Data.CreateEnumerable<AnswerOnly>(view, reuseRowObject: false)];
    }

    private static void AssertSame(List<AnswerOnly> expected, List<AnswerOnly> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            GoldenAssert.Close(expected[i].Score, actual[i].Score, 1e-5, $"row {i}");
            Assert.Equal(expected[i].PredictedLabel, actual[i].PredictedLabel);
        }
    }

    private static BertVocabulary Vocabulary() => BertVocabulary.Parse(string.Join('\n',
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "what", "colour", "is", "the", "ball", "?", "how", "many", "cats",
            .. Enumerable.Range(0, 46).Select(i => $"w{i}")]));

    private static List<QuestionRow> Rows()
    {
        string[] questions = ["What colour is the ball?", "How many cats?", "Is the ball w3?", "w1 w2 w3 w4 w5", "Cats?"];
        return [.. AnswerFixture.Rows(questions.Length).Select((row, i) => new QuestionRow
        {
            Question = questions[i],
            RegionFeatures = row.RegionFeatures,
            RegionBoxes = row.RegionBoxes,
            ImageSize = row.ImageSize,
        })];
    }

    private JsonElement RunPlainLoader() => PlainProcess.Score(
        ZipPath, _rows.Select(row => new { Text = row.Question, row.RegionFeatures, row.RegionBoxes, row.ImageSize }), _folder);

    private sealed class QuestionRow
    {
        public string Question { get; set; } = "";

        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [];
    }

    private sealed class AnswerOnly
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }
    }
}
