using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>A process of its own that loads a model as any user of ML.NET would (tests/PlainLoader).</summary>
internal static class PlainProcess
{
    /// <summary>Scores rows with a saved model.</summary>
    /// <param name="model">The zip.</param>
    /// <param name="rows">The rows, with the properties of PlainLoader.Question.</param>
    /// <param name="folder">Where files may lie.</param>
    public static JsonElement Score<T>(string model, IEnumerable<T> rows, TemporaryFolder folder)
    {
        var (input, results) = (folder.File("rows.json"), folder.File("results.json"));
        File.WriteAllText(input, JsonSerializer.Serialize(rows));
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var loader = Path.Combine(
            TestData.RepositoryRoot, "tests", "PlainLoader", "bin", output.Parent!.Name, output.Name, "PlainLoader.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [loader, model, input, results])
        {
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return JsonDocument.Parse(File.ReadAllText(results)).RootElement;
    }
}
