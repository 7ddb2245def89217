namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>Finds golden cases: every folder with a case.json under tests/Goldens and under the directories named by VL_GOLDENS.</summary>
internal static class GoldenCases
{
    /// <summary>Names more directories, separated by ':'; each is searched to any depth.</summary>
    public const string Variable = "VL_GOLDENS";

    public static IReadOnlyList<string> Roots =>
    [
        TestData.Goldens,
        .. (Environment.GetEnvironmentVariable(Variable) ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    ];

    /// <summary>The case folders of all roots, in a fixed order.</summary>
    public static IEnumerable<string> Folders() => Roots.SelectMany(FoldersUnder).Distinct();

    public static IEnumerable<string> FoldersUnder(string root)
    {
        // A root that is not there is an error of whoever named it: silence would look like success.
        if (!Directory.Exists(root)) throw new DirectoryNotFoundException($"The directory of golden cases '{root}' does not exist.");
        return Directory.EnumerateFiles(root, "case.json", SearchOption.AllDirectories)
            .Select(f => Path.GetFullPath(Path.GetDirectoryName(f)!))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>The case of tests/Goldens with that system and name, for tests that need one case only.</summary>
    public static GoldenCase Get(string system, string name) => new(TestData.Golden(system, name));
}
