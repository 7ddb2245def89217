using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Answering;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Persistence;

/// <summary>States of other kinds, of newer versions, of the first format and damaged ones.</summary>
public sealed class StateTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed record Settings(string Name, IReadOnlyList<int> Numbers);

    [Fact]
    public void A_state_comes_back_with_what_follows_it()
    {
        var state = StateText.Write("Some", 1, new Settings("ünïcode \n \"quoted\"", [3, 4]), "first\nsecond");
        Assert.StartsWith("{\"kind\":\"Some\",\"version\":1,", state);
        Assert.Equal("Some", StateText.KindOf(state));
        var read = StateText.Read<Settings>(state, "Some", 2, out var rest);
        Assert.Equal(("ünïcode \n \"quoted\"", 4, "first\nsecond"), (read.Name, read.Numbers[1], rest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[1]")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"kind\":\"Some\"}")]
    [InlineData("{\"kind\":\"Some\",\"version\":\"1\"}")]
    [InlineData("{\"kind\":\"Some\",\"version\":1,\"Numbers\":\"none\"}")]
    [InlineData("{\"kind\":\"Some\",\"version\":0}")]
    public void A_damaged_state_is_refused(string state) =>
        Assert.Throws<InvalidDataException>(() => StateText.Read<Settings>(state, "Some", 1));

    [Fact]
    public void A_newer_version_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var state = StateText.Write(AnswerModelSettings.Kind, 7, new { Anything = 1 });
        var path = Save(folder, new StateChain(_ml.Transforms, state).Build());
        var error = Assert.Throws<InvalidDataException>(() => _ml.VisionLanguage().Load(path));
        Assert.Contains("'VisualQuestionAnswering' has version 7", error.Message);
        Assert.Contains("up to version 1", error.Message);
        var other = StateText.Write("Other", 1, new { });
        Assert.Contains("'Other'", Assert.Throws<InvalidDataException>(() => StateText.Read<Settings>(other, "Some", 1)).Message);
    }

    [Theory]
    [InlineData("TokenizeText")]
    [InlineData("LoadRegionFeatures")]
    [InlineData("GridPixels")]
    [InlineData("AnswerInputs")]
    public void A_model_of_the_first_format_is_told_to_be_one(string mapping)
    {
        using var folder = new TemporaryFolder();
        var contract = "MLNet.VisionLanguage." + mapping;
        var path = Save(folder, _ml.Transforms.CustomMapping<NoColumns, ConstantKey>(ConstantKeyFactory.Map, contract));
        var plain = Assert.ThrowsAny<Exception>(() => _ml.Model.Load(path, out _));
        Assert.Contains("written by an older version of MLNet.VisionLanguage", plain.ToString());
        var ours = Assert.Throws<InvalidDataException>(() => _ml.VisionLanguage().Load(path));
        Assert.Contains("written by an older version of MLNet.VisionLanguage", ours.Message);
        Assert.Contains("Train it again", ours.Message);
        Assert.Contains(path, ours.Message);
    }

    private string Save(TemporaryFolder folder, IEstimator<ITransformer> estimator)
    {
        var view = _ml.Data.LoadFromEnumerable(new[] { new ConstantKey() });
        _ml.Model.Save(estimator.Fit(view), view.Schema, folder.File("m.zip"));
        return folder.File("m.zip");
    }
}
