using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Columns;

public sealed class ColumnBatchTests
{
    private static readonly ColumnLimits Limits = new(VocabularySize: 9, MaxTokens: 5, TokenTypes: 2, RegionFeatureSize: 3);

    [Fact]
    public void Texts_of_a_row_are_padded_to_the_longest_of_them()
    {
        var inputs = new InputColumns("Test", [.. StandardColumns.Text.BindEach([[], []], Limits), StandardColumns.Image.Bind([], Limits)]);
        for (var again = 0; again < 2; again++)
        {
            using var batch = new ColumnBatch(inputs, 2, [1, 4, 2]);
            Assert.Equal([2, 4], batch[inputs.Place(StandardColumns.InputIds, 0)].Shape);
            Assert.Equal([2, 4], batch[inputs.Place(StandardColumns.InputIds, 1)].Shape);
            Assert.Equal([2, 2, 3], batch[inputs.Place(StandardColumns.RegionFeatures)].Shape);
            Assert.Equal([2, 2], batch[inputs.Place(StandardColumns.ImageSize)].Shape);
            var boxes = (PaddedColumn<float>)batch[inputs.Place(StandardColumns.RegionBoxes)];
            Assert.Equal([2, 2, 4], boxes.Shape);
            Assert.All(boxes.Values.ToArray(), value => Assert.Equal(-2, value));
            Assert.Equal(boxes.Values.Length * sizeof(float), boxes.Bytes.Length);
            Assert.Equal((OnnxType.Float, 16), (boxes.ToOnnx().Type, boxes.ToOnnx().Count));
            // What a batch leaves in its memory must not show in the next one that gets it.
            boxes.Row(1).Fill(float.NaN);
        }
    }

    [Fact]
    public void A_disposed_batch_gives_nothing_away()
    {
        var batch = new ColumnBatch(new InputColumns("Test", StandardColumns.Image.Bind([], Limits)), 1, [1]);
        batch.Dispose();
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch[0].ToOnnx());
    }

    [Fact]
    public void Graph_inputs_follow_from_the_columns()
    {
        var graph = new GraphBuilder("inputs");
        var inputs = new InputColumns("Test", [StandardColumns.Text.Bind([], Limits), .. StandardColumns.Image.BindEach([[], []], Limits)]);
        Assert.Equal(9, inputs.AddInputs(graph, "p.").Count);
        Assert.Equal(
            [
                "p.InputIds", "p.AttentionMask", "p.TokenTypeIds", "p.RegionFeatures.0", "p.RegionBoxes.0", "p.ImageSize.0",
                "p.RegionFeatures.1", "p.RegionBoxes.1", "p.ImageSize.1",
            ],
            graph.InputNames);
        Assert.Equal(6, inputs.Place(StandardColumns.RegionFeatures, 1));
        Assert.Contains("InputIds 1", Assert.Throws<ArgumentException>(() => inputs.Place(StandardColumns.InputIds, 1)).Message);
    }

    [Fact]
    public void An_empty_view_has_the_columns_and_no_rows()
    {
        var ml = new MLContext(seed: 1);
        var inputs = new InputColumns("Test", StandardColumns.TextAndImage(new() { [StandardColumns.RegionBoxes] = "Places" }, Limits));
        var view = inputs.EmptyView(ml);
        inputs.Check(view.Schema);
        Assert.Empty(view.Preview().RowView);
        Assert.Equal("Vector<Single, 2>", view.Schema["ImageSize"].Type.ToString());
        Assert.NotNull(view.Schema.GetColumnOrNull("Places"));
        Assert.Null(view.Schema.GetColumnOrNull("RegionBoxes"));
    }

    [Fact]
    public void Names_that_components_make_must_differ()
    {
        new ColumnNames { [StandardColumns.ImageSize] = "Size" }.ValidateOutputs("Test", StandardColumns.Image);
        ArgumentException Refused(ColumnNames names) =>
            Assert.Throws<ArgumentException>(() => names.ValidateOutputs("Test", StandardColumns.Image));
        var twice = new ColumnNames { [StandardColumns.ImageSize] = "RegionBoxes" };
        Assert.Contains("RegionBoxes, RegionBoxes", Refused(twice).Message);
        var none = new ColumnNames { [StandardColumns.ImageSize] = "" };
        Assert.Contains("ImageSizeColumnName", Refused(none).Message);
    }
}
