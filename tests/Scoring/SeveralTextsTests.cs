using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Scoring;

/// <summary>Several texts a row, and outputs of each row's own length, on every way a row can take.</summary>
public sealed class SeveralTextsTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TwoTextsTransformer _model;
    private readonly List<TwoTextsRow> _rows = TwoTextsTransformer.Rows(11);

    public SeveralTextsTests() => _model = new(_ml, TwoTextsTransformer.Task);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Batches_give_each_row_its_own() => Check(Read(_model.Transform(_ml.Data.LoadFromEnumerable(_rows))));

    [Fact]
    public void A_row_mapper_gives_the_same()
    {
        using var engine = _ml.Model.CreatePredictionEngine<TwoTextsRow, TwoTextsResult>(_model);
        Check([.. _rows.Select(engine.Predict)]);
    }

    [Fact]
    public void A_saved_model_gives_the_same_in_plain_ml_net()
    {
        using var folder = new TemporaryFolder();
        var view = _ml.Data.LoadFromEnumerable(_rows);
        _ml.Model.Save(_model, view.Schema, folder.File("m.zip"));
        var loaded = new MLContext(seed: 2).Model.Load(folder.File("m.zip"), out _);
        var scored = loaded.Transform(view);
        Check(Read(scored));
        using var engine = _ml.Model.CreatePredictionEngine<TwoTextsRow, TwoTextsResult>(loaded);
        Check([.. _rows.Select(engine.Predict)]);

        var ours = _model.Transform(view).Schema;
        foreach (var column in TwoTextsTransformer.Task.Outputs)
        {
            Assert.Equal(ours[column.Name].Type.ToString(), scored.Schema[column.Name].Type.ToString());
            Assert.Equal(Texts(ours[column.Name]), Texts(scored.Schema[column.Name]));
        }

        Assert.Equal(["first", "zweiter ü"], Texts(scored.Schema["Sums"]));
        Assert.Equal("Vector<Single, 2>", scored.Schema["Sums"].Type.ToString());
        Assert.Equal("Vector<Single>", scored.Schema["RegionSums"].Type.ToString());
        Assert.DoesNotContain(scored.Schema, column => column.Name.StartsWith("__vl", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_kind_of_component_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        _ml.Model.Save(_model, null, folder.File("m.zip"));
        var error = Assert.Throws<InvalidDataException>(() => _ml.VisionLanguage().Load(folder.File("m.zip")));
        Assert.Contains($"'{TwoTextsTransformer.Kind}'", error.Message);
        Assert.Contains("VisualQuestionAnswering", error.Message);
    }

    [Fact]
    public void A_bad_second_text_is_told()
    {
        _rows[5].SecondInputIds[0] = 100;
        var view = _ml.Data.LoadFromEnumerable(_rows);
        Assert.Contains("TwoTexts: row 5: column 'SecondInputIds': value 0 is 100", Told(_model.Transform(view)));
        using var folder = new TemporaryFolder();
        _ml.Model.Save(_model, view.Schema, folder.File("m.zip"));
        var loaded = _ml.Model.Load(folder.File("m.zip"), out _);
        Assert.Contains("TwoTexts: column 'SecondInputIds': value 0 is 100", Told(loaded.Transform(view)));

        string Told(IDataView scored) => Assert.ThrowsAny<Exception>(() => Read(scored)).ToString();
    }

    [Fact]
    public void No_rows_give_no_results() => Assert.Empty(Read(_model.Transform(_ml.Data.LoadFromEnumerable(Array.Empty<TwoTextsRow>()))));

    private void Check(List<TwoTextsResult> results)
    {
        Assert.Equal(_rows.Count, results.Count);
        foreach (var (row, result) in _rows.Zip(results)) result.Check(row);
    }

    private List<TwoTextsResult> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<TwoTextsResult>(view, reuseRowObject: false)];

    private static string[] Texts(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> texts = default;
        if (column.Type is KeyDataViewType)
            column.GetKeyValues(ref texts);
        else if (column.HasSlotNames())
            column.GetSlotNames(ref texts);
        return [.. texts.DenseValues().Select(text => text.ToString())];
    }
}
