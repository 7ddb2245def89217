using System.CommandLine;
using MLNet.VisionLanguage.Tool.Inspection;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl inspect</c>: what a checkpoint, a model file or a file of region features holds.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "A checkpoint, a model file or a file or folder of region features." };
        var json = Options.Optional<bool>("--json", "Write one JSON object.");
        var dictionary = Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");
        var command = new Command("inspect", "Show what a checkpoint, a model file or a file of region features holds.")
        {
            file, json, dictionary,
        };
        command.SetAction(parsed =>
        {
            var report = FileKind.Inspect(parsed.GetRequiredValue(file), parsed.GetValue(dictionary), terminal.Cancellation);
            if (parsed.GetValue(json))
                terminal.Output.WriteLine(report.ToJson());
            else
                report.WriteTo(terminal.Output);
            terminal.Output.Flush();
            return 0;
        });
        return command;
    }
}
