using Xunit;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>Where tests find files: in the repository, and in the data folder that may lie beside it.</summary>
internal static class TestData
{
    /// <summary>The folder of the solution file, found by walking up from the test binary.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The golden cases that come with the repository.</summary>
    public static string Goldens => Path.Combine(RepositoryRoot, "tests", "Goldens");

    /// <summary>A file of tests/Goldens.</summary>
    public static string Golden(params string[] parts) => Path.Combine([Goldens, .. parts]);

    /// <summary>
    /// A file or folder of "shared/data" beside the repository (or beside one of the folders above it); null when it is not there.
    /// </summary>
    public static string? FindSharedData(string relativePath)
    {
        for (var folder = Directory.GetParent(RepositoryRoot); folder != null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "data", relativePath);
            if (Path.Exists(path)) return path;
        }

        return null;
    }

    /// <summary>As <see cref="FindSharedData"/>, but skips the calling [SkippableFact], saying why, when the path is not there.</summary>
    public static string SharedData(string relativePath)
    {
        var path = FindSharedData(relativePath);
        Skip.If(path == null, $"needs shared/data/{relativePath} beside the repository");
        return path!;
    }

    /// <summary>A file of a package that eng/packages.sh fetches; skips the calling [SkippableFact] where it was not fetched.</summary>
    /// <param name="relativePath">Where in out/packages.</param>
    /// <param name="what">What to ask the script for.</param>
    public static string Package(string relativePath, string what)
    {
        var path = Path.Combine(RepositoryRoot, "out", "packages", relativePath);
        Skip.IfNot(Path.Exists(path), $"needs out/packages/{relativePath}; 'eng/packages.sh {what}' fetches it");
        return path;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MLNet.VisionLanguage.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No MLNet.VisionLanguage.sln above '{AppContext.BaseDirectory}'.");
    }
}
