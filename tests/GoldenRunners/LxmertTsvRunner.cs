using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>
/// LXMERT's feature file: every array of every image; its questions with their soft labels, features and boxes scaled to 0..1, and what
/// predictions about them are worth.
/// </summary>
internal sealed class LxmertTsvRunner : IGoldenRunner
{
    public string System => "lxmert";

    public IReadOnlyCollection<string> Kinds => ["tsv"];

    public string Engine => "feature file";

    public void Run(GoldenCase c)
    {
        using var reader = BottomUpTsvReader.Open(Directory.GetFiles(c.Folder, "*.tsv").Single());
        var images = c.Json.GetProperty("images").EnumerateArray().ToList();
        Assert.Equal(images.Select(i => i.GetProperty("img_id").GetString()), reader.ImageIds);
        for (var i = 0; i < images.Count; i++)
        {
            var regions = reader.Read(reader.ImageIds[i]);
            Assert.Equal((images[i].GetProperty("img_w").GetInt32(), images[i].GetProperty("img_h").GetInt32()), (regions.Width, regions.Height));
            GoldenAssert.Close(c, $"{i}.features", regions.Features, [regions.Count, regions.FeatureSize]);
            GoldenAssert.Close(c, $"{i}.boxes", regions.Boxes, [regions.Count, 4]);
            GoldenAssert.Close(c, $"{i}.objects_conf", regions.ObjectConfidences!, [regions.Count]);
            GoldenAssert.Close(c, $"{i}.attrs_conf", regions.AttributeConfidences!, [regions.Count]);
            GoldenAssert.Equal(c.Outputs[$"{i}.objects_id"], regions.ObjectIds!, [regions.Count], c, $"{i}.objects_id");
            GoldenAssert.Equal(c.Outputs[$"{i}.attrs_id"], regions.AttributeIds!, [regions.Count], c, $"{i}.attrs_id");
        }

        CheckQuestions(c, reader);
    }

    private static void CheckQuestions(GoldenCase c, BottomUpTsvReader reader)
    {
        var questions = Directory.GetFiles(c.Folder, "*.json").Single(path => Path.GetFileName(path) is not ("case.json" or "predict_dump.json"));
        var data = VqaDataset.LoadLxmert([questions], null, new() { FeatureFiles = [reader.Path] });
        var items = c.Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(
            items.Select(item => (item.GetProperty("question_id").ToString(), item.GetProperty("sent").GetString())),
            data.Examples.Select(row => (row.QuestionId, (string?)row.Question)));
        for (var i = 0; i < items.Count; i++)
        {
            var (row, regions) = (data.Examples[i], reader.Read(data.Examples[i].ImageId));
            GoldenAssert.Close(c, $"item{i}.feats", regions.Features, [regions.Count, regions.FeatureSize]);
            float[] scaled = [.. regions.Boxes.Select((corner, k) => corner / (k % 2 == 0 ? regions.Width : regions.Height))];
            GoldenAssert.Close(c, $"item{i}.boxes_normalised", scaled, [regions.Count, 4]);
            Assert.Equal(c.Outputs[$"item{i}.target_scores"].ToSingles().Order(), row.AnswerScores.Order());
        }

        var dump = VqaFiles.ReadResults(c.FilePath("predict_dump.json"));
        Assert.Equal(
            c.Json.GetProperty("predictions").EnumerateObject().Select(pair => (pair.Name, pair.Value.GetString())).Order(),
            dump.Select(result => (result.QuestionId.Text, (string?)result.Answer)).Order());
        Assert.Equal(100 * c.Scalars["accuracy"], VqaAccuracy.EvaluateScored(data.Examples, dump, decimals: 8).Overall, 6);
    }
}
