using System.Globalization;
using MLNet.VisionLanguage.Bench;
using MLNet.VisionLanguage.Bench.Sections;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
ISection[] sections =
[
    new ScoringSection(), new RealLengthsSection(), new ReuseSection(), new OverheadSection(), new StreamSection(), new LatencySection(), new LoadSection(),
    new GraphSection(), new TrainingSection(), new TokenizerSection(), new IndexSection(), new DetectorSection(), new FiberSection(),
    new FiberDetectorSection(), new CudaSection(),
];

// What Child starts.
if (args is [LoadSection.ChildCommand, var zip])
{
    LoadSection.RunChild(zip);
    return 0;
}

if (args is [TrainingWork.Command, var work, var device, var updates, .. var rest])
{
    TrainingWork.Run(work, device, int.Parse(updates), new Workbench(BenchOptions.Parse(rest, sections)!));
    return 0;
}

try
{
    if (BenchOptions.Parse(args, sections) is not { } options)
    {
        Console.WriteLine("bench/run.sh [SECTION ...] [--rounds N] [--questions N] [--rows N] [--tiny] [--output FILE] [--folder DIR]");
        foreach (var section in sections) Console.WriteLine($"  {section.Name,-14} {section.Description}");
        return 0;
    }

    var report = new Report();
    var bench = new Workbench(options);
    foreach (var section in sections.Where(section => options.Runs(section)))
    {
        report.Begin(section);
        section.Run(bench, report);
    }

    report.Save(options.Output);
    return report.Disagreements == 0 ? 0 : 1;
}
catch (ArgumentException e)
{
    Console.Error.WriteLine($"bench: {e.Message}");
    return 2;
}
