using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.VisionLanguage.Tool;

/// <summary>What the library warns of goes to the error stream; with --verbose all that it says.</summary>
internal static class Warnings
{
    public static void Tell(MLContext context, Terminal terminal, bool verbose = false) => context.Log += (_, e) =>
    {
        if (verbose)
            terminal.Note(e.Message);
        else if (e.Kind == ChannelMessageKind.Warning)
            terminal.Note(Switches.Name(e.RawMessage));
    };
}
