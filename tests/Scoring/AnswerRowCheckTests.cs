using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Scoring;

/// <summary>Rows that the model cannot take, in views and as single rows.</summary>
public sealed class AnswerRowCheckTests
{
    public static TheoryData<string, string[]> BadRows => new()
    {
        { "tokens: none", ["'InputIds'", "empty"] },
        { "token: beyond the vocabulary", ["'InputIds'", "value 1 is 60", "from 0 to 59"] },
        { "token: negative", ["'InputIds'", "value 0 is -1"] },
        { "mask: shorter", ["'AttentionMask'", "1 values", "2 are expected"] },
        { "mask: no mask", ["'AttentionMask'", "value 0 is 2"] },
        { "types: beyond", ["'TokenTypeIds'", "value 1 is 2", "from 0 to 1"] },
        { "types: longer", ["'TokenTypeIds'", "3 values"] },
        { "regions: none", ["'RegionBoxes'", "at least one region"] },
        { "features: no multiple", ["'RegionFeatures'", "35 values", "multiple of the model's feature size 18"] },
        { "features: one region less", ["'RegionFeatures'", "1 regions", "'RegionBoxes' has 2"] },
        { "features: NaN", ["'RegionFeatures'", "value 3 of region 1 is NaN"] },
        { "features: infinite at the end", ["'RegionFeatures'", "value 17 of region 1 is Infinity"] },
        { "boxes: three numbers", ["'RegionBoxes'", "7 values"] },
        { "boxes: beyond the image", ["'RegionBoxes'", "region 1 is (10, 10, 102, 20)", "100 x 80"] },
        { "boxes: turned round", ["'RegionBoxes'", "region 0"] },
        { "boxes: NaN", ["'RegionBoxes'", "region 0", "NaN"] },
        { "size: zero", ["'ImageSize'", "0 x 80"] },
        { "size: NaN", ["'ImageSize'", "NaN x 80"] },
    };

    [Theory]
    [MemberData(nameof(BadRows))]
    public void A_bad_row_is_told_with_row_column_expected_and_found(string what, string[] parts)
    {
        var ml = new MLContext(seed: 1);
        using var model = AnswerFixture.Create(ml);
        var rows = AnswerFixture.Rows(5);
        rows[3] = Spoil(what);
        var view = model.Transform(ml.Data.LoadFromEnumerable(rows));
        Assert.Equal(3, AnswerFixture.Read(ml, ml.Data.TakeRows(view, 3)).Count);
        var error = Unwrap(Assert.ThrowsAny<Exception>(() => AnswerFixture.Read(ml, view)));
        Assert.IsType<InvalidOperationException>(error);
        Assert.Contains("VisualQuestionAnswering: row 3: ", error.Message);
        Assert.All(parts, part => Assert.Contains(part, error.Message));
        using var engine = ml.Model.CreatePredictionEngine<AnswerRow, AnswerOutput>(model);
        var single = Unwrap(Assert.ThrowsAny<Exception>(() => engine.Predict(rows[3])));
        Assert.All(parts, part => Assert.Contains(part, single.Message));
        Assert.Equal(AnswerFixture.Answers, engine.Predict(rows[0]).Score.Length);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("number")]
    public void A_bad_row_is_told_with_its_id_where_the_data_has_one(string kind)
    {
        var ml = new MLContext(seed: 1);
        using var model = AnswerFixture.Create(ml, AnswerFixture.Settings with { RowIdColumnName = kind == "text" ? "Name" : "Number" });
        var rows = AnswerFixture.Rows(5);
        rows[3] = Spoil("features: NaN");
        var said = kind == "text" ? "row 3 (Name row 3): " : "row 3 (Number 3): ";
        var view = model.Transform(ml.Data.LoadFromEnumerable(rows));
        Assert.Contains(said, Unwrap(Assert.ThrowsAny<Exception>(() => view.GetColumn<float[]>("Score").ToList())).Message);
        using var engine = ml.Model.CreatePredictionEngine<AnswerRow, AnswerOutput>(model);
        Assert.Contains(said[5..], Unwrap(Assert.ThrowsAny<Exception>(() => engine.Predict(rows[3]))).Message);
    }

    [Fact]
    public void A_plainly_loaded_model_tells_the_same()
    {
        var ml = new MLContext(seed: 1);
        using var folder = new TemporaryFolder();
        using var model = AnswerFixture.Create(ml);
        ml.Model.Save(model, null, folder.File("m.zip"));
        var plain = ml.Model.Load(folder.File("m.zip"), out _);
        using var engine = ml.Model.CreatePredictionEngine<AnswerRow, AnswerOutput>(plain);
        foreach (var (what, parts) in BadRows.Select(row => ((string)row[0], (string[])row[1])))
        {
            var error = Unwrap(Assert.ThrowsAny<Exception>(() => (object)engine.Predict(Spoil(what))));
            Assert.StartsWith("VisualQuestionAnswering: column ", error.Message);
            Assert.All(parts, part => Assert.Contains(part, error.Message));
        }
    }

    /// <summary>A view read on several threads wraps what went wrong.</summary>
    private static Exception Unwrap(Exception e) => e.InnerException is { } inner ? Unwrap(inner) : e;

    private static AnswerRow Spoil(string what)
    {
        var row = AnswerFixture.Row(new Random(3), 3, tokens: 2, regions: 2);
        row.RegionBoxes = [10, 10, 20, 20, 10, 10, 30, 20];
        switch (what)
        {
            case "tokens: none": row.InputIds = row.AttentionMask = row.TokenTypeIds = []; break;
            case "token: beyond the vocabulary": row.InputIds[1] = 60; break;
            case "token: negative": row.InputIds[0] = -1; break;
            case "mask: shorter": row.AttentionMask = [1]; break;
            case "mask: no mask": row.AttentionMask[0] = 2; break;
            case "types: beyond": row.TokenTypeIds[1] = 2; break;
            case "types: longer": row.TokenTypeIds = [0, 0, 0]; break;
            case "regions: none": row.RegionFeatures = row.RegionBoxes = []; break;
            case "features: no multiple": row.RegionFeatures = row.RegionFeatures[1..]; break;
            case "features: one region less": row.RegionFeatures = row.RegionFeatures[AnswerFixture.Features..]; break;
            case "features: NaN": row.RegionFeatures[AnswerFixture.Features + 3] = float.NaN; break;
            case "features: infinite at the end": row.RegionFeatures[^1] = float.PositiveInfinity; break;
            case "boxes: three numbers": row.RegionBoxes = row.RegionBoxes[1..]; break;
            case "boxes: beyond the image": row.RegionBoxes[6] = 102; break;
            case "boxes: turned round": (row.RegionBoxes[0], row.RegionBoxes[2]) = (row.RegionBoxes[2], row.RegionBoxes[0]); break;
            case "boxes: NaN": row.RegionBoxes[1] = float.NaN; break;
            case "size: zero": row.ImageSize[0] = 0; break;
            case "size: NaN": row.ImageSize[0] = float.NaN; break;
            default: throw new ArgumentException(what);
        }

        return row;
    }
}
