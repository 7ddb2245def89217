using System.Diagnostics;
using MLNet.VisionLanguage.Tests.Training;

namespace MLNet.VisionLanguage.Tests.Datasets;

/// <summary>The test assembly as a program of its own that reads data sets, whose memory is not other tests'.</summary>
internal static class ReadingProcess
{
    /// <summary>Loads pairs of QUESTIONS and ANNOTATIONS: prints "QUESTIONS MILLISECONDS PROCESSOR PEAK": the time, that of
    /// the processor in all threads, the peak resident memory in KiB.</summary>
    public const string Questions = "measured-questions";

    public static int Run(IEnumerable<string> files)
    {
        var watch = Stopwatch.StartNew();
        var data = files.Chunk(2).Select(pair => VqaDataset.Load(pair[0], pair[1], imageFolder: null)).ToList();
        var milliseconds = watch.ElapsedMilliseconds;
        Console.WriteLine($"{data.Sum(part => part.Examples.Count)} {milliseconds} {(long)Environment.CpuUsage.TotalTime.TotalMilliseconds} {ResidentMemory.TakePeak()}");
        return data.Count > 0 ? 0 : 2;
    }
}
