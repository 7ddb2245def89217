using System.Diagnostics;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>
/// What a training takes, on a machine that may do other work beside it: the processor's seconds of this process, which a quiet machine needs at
/// most, and the clock's.
/// </summary>
internal sealed class LearningClock
{
    /// <summary>Eight minutes, the most that a small model's training may take.</summary>
    public const double Most = 480;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly TimeSpan _before = Process.GetCurrentProcess().TotalProcessorTime;
    private double _processor;

    public static LearningClock Start() => new();

    /// <summary>Ends the measurement.</summary>
    /// <returns>The processor's seconds.</returns>
    public double Stop()
    {
        _clock.Stop();
        return _processor = (Process.GetCurrentProcess().TotalProcessorTime - _before).TotalSeconds;
    }

    public override string ToString() => $"{_clock.Elapsed.TotalSeconds:F0} s, {_processor:F0} s of the processor";
}
