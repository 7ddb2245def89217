using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>
/// Every golden case on every engine that has a runner for its kind, those of tests/Goldens and those of the directories in
/// VL_GOLDENS; see <see cref="IGoldenRunner"/> for how to add a runner. A case nobody can run yet is skipped by name.
/// </summary>
public sealed class GoldenTests
{
    private const string NoEngine = "none";

    public static TheoryData<string, string, string> Pairs()
    {
        var pairs = new TheoryData<string, string, string>();
        foreach (var folder in GoldenCases.Folders())
        {
            using var c = new GoldenCase(folder);
            var engines = Support.GoldenRunners.For(c).Select(r => r.Engine).ToList();
            foreach (var engine in engines.Count > 0 ? engines : [NoEngine])
                pairs.Add(c.ToString(), engine, folder);
        }

        return pairs;
    }

    [SkippableTheory]
    [MemberData(nameof(Pairs))]
    public void Case_equals_the_reference(string name, string engine, string folder)
    {
        using var c = new GoldenCase(folder);
        Skip.If(engine == NoEngine, $"no runner yet for {c.System}/{c.Variant} (case {name})");
        var runner = Support.GoldenRunners.For(c).Single(r => r.Engine == engine);
        var whyNot = runner.WhyNot(c);
        Skip.If(whyNot != null, $"{name} on {engine}: {whyNot}");
        runner.Run(c);
    }
}
