using MLNet.VisionLanguage.Tests.Hub;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>vl models list, pull, path, verify and remove, with a server of this process; the environment says where it is, as for users.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class PublishedModelsTests
{
    [Fact]
    public void A_model_is_listed_pulled_verified_and_removed()
    {
        using var world = new HubWorld();
        using var environment = new HubEnvironment(world.Cache, world.Server.Address);
        string[] own = ["--catalog", world.Entries];
        var list = ToolRun.Run(["models", "list", .. own]);
        Assert.Matches(@"own-model +vqa +no +unverified +unverified +A model", list.Output);
        Assert.Contains("lxmert-vqa", list.Output);
        Assert.Equal(list.Lines.Count - 1, ToolRun.Run(["models", "list", .. own, "--json"]).Json().GetArrayLength());

        ToolRun.Run(["models", "pull", HubWorld.Name, .. own]).AssertFailed(2, "'own-model' is not here", "--yes allows it");
        var pulled = ToolRun.Run(["models", "pull", HubWorld.Name, "--yes", .. own]);
        Assert.True(pulled.Code == 0, pulled.Error);
        Assert.Equal(pulled.Output, ToolRun.Run(["models", "path", HubWorld.Name, .. own]).Output);
        var paths = pulled.Lines.ToDictionary(line => line.Split('\t')[0], line => line.Split('\t')[1]);
        Assert.Equal(world.Weights, File.ReadAllBytes(paths["weights"]));
        Assert.Matches(@"own-model +vqa +yes", ToolRun.Run(["models", "list", .. own]).Output);
        Assert.Contains("all files are as they were", ToolRun.Run(["models", "verify", HubWorld.Name, .. own]).Output);
        File.WriteAllText(paths["answers"], "other");
        var damaged = ToolRun.Run(["models", "verify", HubWorld.Name, .. own]);
        Assert.Equal(1, damaged.Code);
        Assert.Contains("answers.json: it has 5 bytes where 13 are expected", damaged.Output);
        ToolRun.Run(["models", "pull", HubWorld.Name, .. own]).AssertFailed(1, "It was changed after it was fetched");
        Assert.Contains("removed", ToolRun.Run(["models", "remove", HubWorld.Name, .. own]).Error);
        Assert.Equal("", ToolRun.Run(["models", "path", HubWorld.Name, .. own]).Output);

        ToolRun.Run(["models", "pull", "nobody", .. own]).AssertFailed(2, "There is no published model 'nobody'");
        ToolRun.Run(["models", "list", "--catalog", Path.Combine(world.Cache, "none.json")]).AssertFailed(1, "--catalog", "none.json");
        ToolRun.Run(["models", "pull", "vlbert-base-prec", "--yes"]).AssertFailed(1, "can be fetched by people alone", "vl-bert-base-prec.model");
    }
}

/// <summary>Tests that change variables of the environment, which are the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentCollection
{
    public const string Name = "environment";
}
