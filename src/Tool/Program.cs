using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using MLNet.VisionLanguage;
using MLNet.VisionLanguage.Tool;

// A trial of an experiment, which this tool started.
if (TrialProcess.TryRun(args)) return 0;

// The first Ctrl-C (or SIGTERM) asks the command to stop, so that a training run can leave its checkpoint; a second ends the process.
// Timeout(1) signals a process and then its group, so what follows at once is the first once more.
var atOnce = TimeSpan.FromSeconds(1);
long? first = null;
using var interrupt = new CancellationTokenSource();
var interrupted = Failure.Interrupted;
Action<PosixSignalContext> stop = context =>
{
    interrupted = context.Signal == PosixSignal.SIGTERM ? Failure.Terminated : Failure.Interrupted;
    first ??= Stopwatch.GetTimestamp();
    context.Cancel = Stopwatch.GetElapsedTime(first.Value) < atOnce;
    interrupt.Cancel();
};
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, stop);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop);

var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
await using var output = new StreamWriter(Console.OpenStandardOutput(), utf8, 1 << 16);
await using var error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true };
var terminal = new Terminal(output, error)
{
    OutputIsTerminal = !Console.IsOutputRedirected,
    ErrorIsTerminal = !Console.IsErrorRedirected,
    Cancellation = interrupt.Token,
};
var code = VlProgram.Run(args, terminal);
return code == Failure.Interrupted ? interrupted : code;
