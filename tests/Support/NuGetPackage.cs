using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>A package of which tests take data: restored into the machine's package cache when it is first asked for.</summary>
internal static class NuGetPackage
{
    /// <summary>The folder of the package; skips the calling [SkippableFact], saying why, where it cannot be restored.</summary>
    public static string Restore(string id, string version)
    {
        using var folder = new TemporaryFolder();
        var project = Path.Combine(folder.Path, "download.csproj");
        File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup><PackageDownload Include="{id}" Version="[{version}]" /></ItemGroup>
            </Project>
            """);
        using var restore = Process.Start(new ProcessStartInfo("dotnet", ["restore", project, "-nologo"]) { RedirectStandardOutput = true })!;
        var output = restore.StandardOutput.ReadToEnd();
        restore.WaitForExit();
        Skip.If(restore.ExitCode != 0, $"the package {id} {version} cannot be restored: {output.Trim()}");
        using var assets = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "obj", "project.assets.json")));
        return assets.RootElement.GetProperty("packageFolders").EnumerateObject()
            .Select(cache => Path.Combine(cache.Name, id.ToLowerInvariant(), version)).First(Directory.Exists);
    }

    /// <summary>The files inside an assembly, which is not loaded, by the ends of their names.</summary>
    public static Dictionary<string, byte[]> Resources(string assembly, params string[] names)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var all = file.GetSectionData(file.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress);
        return metadata.ManifestResources.Select(metadata.GetManifestResource)
            .SelectMany(resource => names.Where(metadata.GetString(resource.Name).EndsWith).Select(name => (name, (int)resource.Offset)))
            .ToDictionary(found => found.name, found =>
            {
                var content = all.GetReader(found.Item2, all.Length - found.Item2);
                return content.ReadBytes(content.ReadInt32());
            });
    }
}
