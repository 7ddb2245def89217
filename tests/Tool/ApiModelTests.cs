using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>The tool opens what a program made: models on feature files, on features in memory, on images, with chains inside chains.</summary>
[Collection(TorchCollection.Name)]
public sealed class ApiModelTests : IDisposable
{
    private const int FeatureSize = 8;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_on_feature_files_is_asked_about_them_and_about_others()
    {
        var files = _folder.File("f.tsv");
        WriteFeatures(files, "on-", "off-");
        var model = Save(_ml.Transforms.LoadRegionFeatures([files]).Append(Text("Question")).Append(Trainer()), Rows("on-", "off-"), "m.zip");

        Assert.StartsWith("yes", Ask(model, "--image-id", "on-2").Output);
        Assert.StartsWith("no", Ask(model, "--image-id", "off-2").Output);
        ToolRun.Run("score", "--model", model, "--question", "is it on?", "--image", _folder.Write("i.png", [1])).AssertFailed(2, "--image-id");

        var others = _folder.File("others.tsv");
        WriteFeatures(others, "lit-", "dark-");
        Assert.StartsWith("yes", Ask(model, "--features", others, "--image-id", "lit-2").Output);

        // The file holds a path; the folder may be elsewhere by now.
        File.Move(files, _folder.File("moved.tsv"));
        Ask(model, "--image-id", "on-2").AssertFailed(1, "f.tsv", "--features");
        Assert.StartsWith("no", Ask(model, "--features", _folder.File("moved.tsv"), "--image-id", "off-2").Output);
    }

    [Fact]
    public void A_model_on_features_in_memory_and_names_of_its_own_is_given_a_feature_file()
    {
        var files = _folder.File("f.tsv");
        WriteFeatures(files, "on-", "off-");
        var loaded = _ml.Transforms.LoadRegionFeatures([files]).Fit(Rows("on-", "off-")).Transform(Rows("on-", "off-"));
        var named = _ml.Transforms.CopyColumns("Asked", "Question").Append(_ml.Transforms.DropColumns("Question")).Fit(loaded).Transform(loaded);
        var model = Save(Text("Asked").Append(Trainer()), named, "m.zip");

        Assert.StartsWith("yes", Ask(model, "--features", files, "--image-id", "on-1").Output);
        Ask(model, "--image-id", "on-1").AssertFailed(2, "--features");
    }

    [Fact]
    public void A_model_on_images_with_chains_inside_chains_is_asked_and_inspected()
    {
        foreach (var (name, colour) in ColourQuestions.Colours) ColourQuestions.WriteImage(_folder.File($"{name}.png"), colour, seed: 1);
        var rows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => ColourQuestions.Colours.Keys.ElementAt(i % 3)).Select(name =>
            new VqaExample { ImagePath = $"{name}.png", Question = "what color is it?", Answers = [name], AnswerScores = [1] }));
        var images = _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath")
            .Append(_ml.Transforms.ExtractGridFeatures("Image", grid: 2, cellSize: 2));
        var model = Save(images.Append(Text("Question")).Append(Trainer(), rows), rows, "m.zip");

        Assert.StartsWith("blue", Ask(model, "--image", _folder.File("blue.png")).Output);
        Ask(model, "--image-id", "blue").AssertFailed(2, "--image is needed");
        Assert.Equal("vqa", ToolRun.Run("inspect", model, "--json").Json().GetProperty("task").GetString());
    }

    [Theory]
    [InlineData("--warmup", "2")]
    [InlineData("--cell-size", "0")]
    [InlineData("--grid", "99")]
    public void Messages_name_the_tools_switches(string option, string value)
    {
        ColourQuestions.WriteEasyVqa(_folder.File("train"), 3);
        var run = ToolRun.Run(
            "train", "vqa", "--layout", "easy-vqa", _folder.File("train"), "--output", _folder.File("m.zip"), "--held-out", "0", option, value);

        Assert.Equal(2, run.Code);
        var message = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Contains(option, message);
        Assert.Contains(value, message);
    }

    private ToolRun Ask(string model, params string[] options) =>
        ToolRun.Run(["score", "--model", model, "--question", "is it on?", "--top", "1", .. options]);

    private TokenizeTextEstimator Text(string column) =>
        _ml.Transforms.TokenizeText(BertVocabulary.Build(["is it on?", "what color is it?"]), column);

    private VisualQuestionAnsweringTrainer Trainer() =>
        _ml.VisionLanguage().Trainers.VisualQuestionAnswering(VisualQuestionAnsweringOptions.FromScratch(Questions.Model, 60));

    private IDataView Rows(string on, string off) => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 8).Select(i => new VqaExample
    {
        ImageId = (i % 2 == 0 ? on : off) + (i / 2),
        Question = "is it on?",
        Answers = [i % 2 == 0 ? "yes" : "no"],
        AnswerScores = [1],
    }));

    private static void WriteFeatures(string path, string on, string off) => File.WriteAllLines(path, Enumerable.Range(0, 8).Select(i =>
        FeatureFile.Row((i % 2 == 0 ? on : off) + (i / 2), 100, 50, [0, 0, 40, 40], [.. Enumerable.Repeat(i % 2 == 0 ? 1f : -1f, FeatureSize)])));

    private string Save<T>(IEstimator<T> pipeline, IDataView rows, string name)
        where T : class, ITransformer
    {
        var path = _folder.File(name);
        var model = pipeline.Fit(rows);
        using (model as IDisposable) _ml.VisionLanguage().Save(model, rows.Schema, path);
        return path;
    }
}
