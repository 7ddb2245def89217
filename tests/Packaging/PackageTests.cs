using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Xml.Linq;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Packaging;

/// <summary>The two packages as their users get them: packed, restored from a feed into a new project, built and run.</summary>
public sealed class PackageTests(ITestOutputHelper output)
{
    private const string Transforms = "MLNet.VisionLanguage.Transforms";
    private const string Trainers = "MLNet.VisionLanguage.Trainers";

#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private static readonly Lazy<string> PackageCache = new(() =>
        RunQuietly(TestData.RepositoryRoot, "nuget", "locals", "global-packages", "--list").Output.Split(':', 2)[1].Trim());

    [SkippableFact]
    public void A_new_project_trains_saves_loads_and_scores_with_the_packages()
    {
        var runtime = NativeFiles.LibtorchRuntime();
        Skip.If(runtime is null, "there is no libtorch for this system");
        using var folder = new TemporaryFolder();
        var version = $"0.1.0-test.{Guid.NewGuid():N}";
        foreach (var name in (string[])["Transforms", "Trainers"])
        {
            Run(TestData.RepositoryRoot, "pack", Path.Combine("src", name), "-c", Configuration, "--no-build", "-nologo", "-v", "quiet",
                $"-p:PackageVersion={version}", "-o", folder.File("feed"));
        }

        AssertContents(folder.File($"feed/{Transforms}.{version}.nupkg"), $"lib/net10.0/{Transforms}");
        AssertContents(
            folder.File($"feed/{Trainers}.{version}.nupkg"),
            $"lib/net10.0/{Trainers}",
            $"buildTransitive/{Trainers}.targets",
            "buildTransitive/ElfVersions.cs");
        WriteProject(folder, version, runtime!);
        var native = ReleasedNative();
        var before = native is null ? null : SHA256.HashData(File.ReadAllBytes(native));

        // Links save half a gigabyte of copies; the rest is as a user's build.
        Run(folder.Path, "build", "-c", "Release", "-nologo", "-v", "quiet", "-p:CreateHardLinksForCopyLocalIfPossible=true");
        var printed = Run(folder.Path, folder.File("bin/Release/net10.0/FreshProgram.dll"));
        Assert.Equal(
            ["sum 3", "updates 2", "plain ML.NET 8 rows of 2 answers equal", "batched 8 rows of 2 answers equal"],
            printed.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        if (native is not null) Assert.Equal(before, SHA256.HashData(File.ReadAllBytes(native)));
    }

    private static void AssertContents(string package, string library, params string[] others)
    {
        using var zip = ZipFile.OpenRead(package);
        var names = zip.Entries.Select(entry => entry.FullName).ToHashSet(StringComparer.Ordinal);
        Assert.All((string[])[$"{library}.dll", $"{library}.xml", "README.md", "LICENSE", .. others], name => Assert.Contains(name, names));
        using var stream = zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single();
        Assert.Equal("MIT", metadata.Elements().Single(element => element.Name.LocalName == "license").Value);
        Assert.DoesNotContain(metadata.Elements(), element => element.Name.LocalName is "repository" or "projectUrl");
        using var symbols = ZipFile.OpenRead(Path.ChangeExtension(package, ".snupkg"));
        Assert.Contains(symbols.Entries, entry => entry.FullName == $"{library}.pdb");
    }

    /// <summary>
    /// The project, and where its packages come from: the feed under test beside the machine's own sources. What the machine's cache has is
    /// used there; the packages under test are unpacked into the folder, so that the cache keeps nothing of them.
    /// </summary>
    private static void WriteProject(TemporaryFolder folder, string version, string runtime)
    {
        File.Copy(Path.Combine(TestData.RepositoryRoot, "tests", "Packaging", "FreshProgram", "Program.cs"), folder.File("Program.cs"));
        File.WriteAllText(folder.File("FreshProgram.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{Trainers}" Version="{version}" />
                <PackageReference Include="libtorch-cpu-{runtime}" Version="{LibtorchVersion()}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(folder.File("nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <fallbackPackageFolders><add key="cache" value="{PackageCache.Value}" /></fallbackPackageFolders>
              <packageSources><add key="under-test" value="feed" /></packageSources>
            </configuration>
            """);
    }

    private static string LibtorchVersion() => XDocument.Load(Path.Combine(TestData.RepositoryRoot, "Directory.Packages.props"))
        .Descendants("LibtorchVersion").Single().Value;

    /// <summary>TorchSharp's library for Linux in the package cache.</summary>
    private static string? ReleasedNative()
    {
        var version = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3);
        var file = Path.Combine(PackageCache.Value, "torchsharp", version, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        return File.Exists(file) ? file : null;
    }

    private string Run(string folder, params string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        var (exitCode, text) = RunQuietly(folder, arguments);
        output.WriteLine($"dotnet {arguments[0]}: {watch.Elapsed.TotalSeconds:F0} s\n{text}");
        Assert.True(exitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with {exitCode}:\n{text}");
        return text;
    }

    private static (int ExitCode, string Output) RunQuietly(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the SDK that runs the tests has set for its children is not for other builds, and no server may outlive the test.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? text : text + errors.Result);
    }
}
