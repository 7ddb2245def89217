using MLNet.VisionLanguage.Hub;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Hub;

/// <summary>The catalog's own entries, and a user's.</summary>
public sealed class CatalogTests
{
    private const string Good = """
        { "name": "a", "title": "A", "architecture": "vilbert", "task": "vqa", "page": "http://a/", "citation": "c", "files": [{ "role": "weights", "path": "w.bin" }] }
        """;

    [Fact]
    public void Every_architecture_is_there_and_nothing_is_made_up()
    {
        var models = PublishedModels.Own;
        Assert.Equal(models.Count, models.Select(model => model.Name).Distinct().Count());
        foreach (var kind in VisionLanguageModel.Kinds.Concat(["faster-rcnn", "fiber-detector", "bert", "roberta", "swin"]))
            Assert.Contains(models, model => model.Architecture == kind);
        Assert.All(models, model =>
        {
            Assert.NotEmpty(model.Citation);
            Assert.NotEmpty(model.Title);
            Assert.All(model.Figures, figure => Assert.NotEmpty(figure.Source));
            if (model.Regions is { } regions) Assert.Equal("faster-rcnn", models.Single(other => other.Name == regions).Architecture);
            Assert.True(model.Architecture == "swin" || model.Find("vocabulary") is not null || model.Architecture == "faster-rcnn", model.Name);
        });

        // The sizes and hashes of files that could not be seen when the catalog was written.
        Assert.All(models.SelectMany(model => model.Files), file => Assert.True(file.Size is null && file.Sha256 is null));
    }

    [Fact]
    public void Own_entries_go_before_the_catalogs()
    {
        using var folder = new TemporaryFolder();
        Write("one.json", $"[{Good}, {Good.Replace("\"a\", \"title\"", "\"lxmert-vqa\", \"title\"", StringComparison.Ordinal)}]");
        var models = PublishedModels.With(folder.File("one.json"));
        Assert.Equal(PublishedModels.Own.Count + 1, models.Count);
        Assert.Equal("A", models.Single(model => model.Name == "lxmert-vqa").Title);
        Write("two.json", $"[{Good}]");
        Assert.Contains("'a' is there twice", Assert.Throws<InvalidDataException>(() => PublishedModels.With(folder.Path)).Message);

        void Write(string name, string text) => File.WriteAllText(folder.File(name), text);
    }

    [Theory]
    [InlineData("\"vilbert\"", "\"blip\"", "'blip' is no architecture known here")]
    [InlineData("\"vqa\"", "\"dance\"", "'dance' is no task")]
    [InlineData("\"weights\"", "\"tokens\"", "it has no file of the role weights")]
    [InlineData("}]", "}, { \"role\": \"tokens\", \"path\": \"t\" }]", "has the role 'tokens'")]
    [InlineData("\"w.bin\"", "\"../w.bin\"", "must be a path within the model")]
    [InlineData("\"w.bin\"", "\"/w.bin\"", "must be a path within the model")]
    [InlineData("\"w.bin\"", "\"w.bin\", \"sha256\": \"12\"", "is no SHA-256")]
    [InlineData("\"w.bin\"", "\"w.bin\", \"url\": \"ftp://a\"", "is no web address")]
    [InlineData("\"w.bin\"", "\"w.bin\", \"size\": -1", "cannot have -1 bytes")]
    [InlineData("\"w.bin\"", "\"w.bin\", \"repository\": \"a/../b\"", "is not of the form organisation/name")]
    [InlineData("\"a\", \"title\"", "\"a b\", \"title\"", "its name must be")]
    [InlineData("\"title\"", "\"titel\"", "a JSON list of published models is expected")]
    public void What_is_wrong_in_an_entry_is_named(string right, string wrong, string reason)
    {
        var problem = Assert.Throws<InvalidDataException>(() => PublishedModels.Parse($"[{Good.Replace(right, wrong, StringComparison.Ordinal)}]", "own.json"));
        Assert.StartsWith("own.json: ", problem.Message);
        Assert.Contains(reason, problem.Message);
    }
}
