namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>
/// Checks golden cases of some kinds on one engine. To add one, put a class with a parameterless constructor into
/// tests/GoldenRunners; it is found by reflection and every case it serves becomes a test of its own.
/// </summary>
/// <remarks>
/// <see cref="Kinds"/> names what a runner serves, in any of three ways, the first match of a case counting:
/// a whole case name ("task-vqa-a"), a name without its suffix ("task-vqa": also task-vqa-b, task-vqa-c, ...), or the kind of
/// case.json ("task": every case of that kind for which no runner of the same engine names the case more closely).
/// A runner reads sizes, configuration and tolerances from the case and never relies on its suffix.
/// <code>
/// internal sealed class PostBoxesRunner : IGoldenRunner
/// {
///     public string System => "vilbert";
///     public IReadOnlyCollection&lt;string&gt; Kinds => ["post-boxes"];
///     public string Engine => "data";
///     public void Run(GoldenCase c) => GoldenAssert.Close(c, "boxes", Compute(c.Inputs["boxes"].ToSingles()), [5, 4]);
/// }
/// </code>
/// </remarks>
internal interface IGoldenRunner
{
    /// <summary>The system of case.json: "vilbert", "lxmert", "vlbert", "fiber" or "frcnn".</summary>
    string System { get; }

    IReadOnlyCollection<string> Kinds { get; }

    /// <summary>What computes: "onnx", "torch", "data", ...; part of the test's name.</summary>
    string Engine { get; }

    /// <summary>Runs the case and throws (GoldenAssert) where it differs.</summary>
    void Run(GoldenCase c);

    /// <summary>Why this case of a served kind cannot run yet (an option not built, say), to skip it by name; null when it can.</summary>
    string? WhyNot(GoldenCase c) => null;
}

/// <summary>All runners of this assembly.</summary>
internal static class GoldenRunners
{
    public static IReadOnlyList<IGoldenRunner> All { get; } =
    [
        .. typeof(GoldenRunners).Assembly.GetTypes()
            .Where(t => t is { IsAbstract: false, IsInterface: false } && t.IsAssignableTo(typeof(IGoldenRunner)))
            .OrderBy(t => t.FullName, StringComparer.Ordinal)
            .Select(t => (IGoldenRunner)Activator.CreateInstance(t)!),
    ];

    /// <summary>The runner of each engine that serves the case most closely.</summary>
    public static IReadOnlyList<IGoldenRunner> For(GoldenCase c) =>
    [
        .. All.Where(r => r.System == c.System && Closeness(r, c) < 3)
            .GroupBy(r => r.Engine)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => g.MinBy(r => Closeness(r, c))!),
    ];

    private static int Closeness(IGoldenRunner runner, GoldenCase c) =>
        runner.Kinds.Contains(c.Name) ? 0 : runner.Kinds.Contains(c.Variant) ? 1 : runner.Kinds.Contains(c.Kind) ? 2 : 3;
}
