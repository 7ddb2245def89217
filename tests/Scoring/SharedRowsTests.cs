using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;
using MLNet.VisionLanguage.Scoring;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Scoring;

/// <summary>Questions about the same image, and the same question about several.</summary>
[Collection(TorchCollection.Name)]
public sealed class SharedRowsTests
{
    public static TheoryData<string> Kinds => [.. VisionLanguageModel.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Rows_that_share_texts_and_images_score_as_each_by_itself(string kind)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        string[] columns = kind == FiberConfig.Base.Kind ? ["Score"] : ["Score", "Attention"];
        var settings = Questions.Options(o => (o.Model, o.AttentionColumnName) = (Questions.ModelOf(kind), columns.ElementAtOrDefault(1)))
            .ToSettings(["a", "b", "c"]);
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 1);
        using var model = settings.Create(ml, parameters.AsSource());
        var images = Questions.Make(5);
        List<Question> rows = [];
        for (var i = 0; i < 40; i++)
        {
            var (text, image) = (images[i * 7 % 10], images[i * 3 % 10]);
            rows.Add(Questions.Row(text.InputIds, image.RegionFeatures, image.RegionBoxes, "a"));
        }

        var view = Questions.View(ml, rows);
        ml.VisionLanguage().Save(model, view.Schema, folder.File("m.zip"));
        var plain = new MLContext(2).Model.Load(folder.File("m.zip"), out _).Transform(view);
        foreach (var column in columns)
        {
            var expected = plain.GetColumn<float[]>(column).ToList();
            var found = model.TransformInBatches(view, 8).GetColumn<float[]>(column).ToList();
            for (var i = 0; i < rows.Count; i++) GoldenAssert.Close(expected[i], found[i], 1e-5, $"{column} of row {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_a_text_or_an_image_has_alone_is_computed_once_each(string kind)
    {
        var settings = Questions.Options(o => o.Model = Questions.ModelOf(kind)).ToSettings(["a", "b"]);
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        using var transformer = settings.Create(new MLContext(1), parameters.AsSource());
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(transformer.ModelPath));
        HashSet<string> Names(params string[] names) => [.. names.Select(name => "__vl." + name)];
        var (texts, images) = (Names("InputIds", "AttentionMask", "TokenTypeIds"), Names("RegionFeatures", "RegionBoxes", "ImageSize", "PixelValues"));

        var shared = OnnxSharedRows.Create(model, texts, images);

        Assert.NotNull(shared);
        Assert.True(kind == "vlbert" ? shared.JointCost > 0 : shared.TextCost > 0, $"{shared.TextCost}, {shared.ImageCost}, {shared.JointCost}");
        Assert.True(shared.ImageCost > 0);
        Assert.Contains(model.Graph.Input, input => input.Name == OnnxSharedRows.ImageOfRow);
        Assert.Contains(model.Graph.Node, node => node.OpType == "Gather" && node.Input[1] == OnnxSharedRows.TextOfRow);
    }

    [Fact]
    public void A_graph_that_moves_its_rows_is_left_alone()
    {
        var graph = new GraphBuilder("moved");
        var text = graph.Transpose(graph.Input("t", OnnxType.Float, "B", 2), 1, 0);
        graph.Output("y", graph.MatMul(graph.Input("i", OnnxType.Float, "B", 2), text), "B", "B");
        var model = ModelProto.Parser.ParseFrom(graph.ToArray());
        var before = model.Clone();

        Assert.Null(OnnxSharedRows.Create(model, new HashSet<string> { "t" }, new HashSet<string> { "i" }));
        Assert.Equal(before, model);
    }

    [Fact]
    public void Rows_of_an_image_go_together_where_that_saves_more_than_like_lengths_do()
    {
        // Four images with a short and a long question each.
        List<RowToScore> rows = [.. Enumerable.Range(0, 8).Select(i => new RowToScore(i, [i % 2 == 0 ? 5 : 10, 30], [i, i / 2]))];
        OnnxSharedRows Costs(double text, double image) => new(new ModelProto(), text, image, 1);

        var byImage = RowBatches.Plan(rows, 4, Costs(1, 100));
        var byLength = RowBatches.Plan(rows, 4, Costs(100, 1));

        Assert.All(byImage, batch => Assert.Equal(2, batch.Select(row => row.Parts[1]).Distinct().Count()));
        Assert.All(byLength, batch => Assert.Single(batch.Select(row => row.Items[0]).Distinct()));
        Assert.Equal(Enumerable.Range(0, 8), byImage.SelectMany(batch => batch).Select(row => row.Slot).Order());
        Assert.Single(RowBatches.Plan(rows, 8, Costs(1, 1)));
        Assert.Empty(RowBatches.Plan([], 8, null));
    }
}
