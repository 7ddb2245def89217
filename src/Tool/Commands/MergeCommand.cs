using System.CommandLine;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Sharding;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl merge</c>: the files that shards of a command wrote to the one that it would have written alone.</summary>
internal sealed class MergeCommand(Terminal terminal)
{
    private readonly Option<string> _output = Options.Required(
        "--output", "The file that the commands with --shard were told; its shards are beside it.", "FILE");

    public Command Create()
    {
        var command = new Command("merge", "Join what 'score', 'extract', 'caption' and 'detect' wrote with --shard, when none is missing and none twice.")
        {
            _output,
        };
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var output = Path.GetFullPath(Path.TrimEndingDirectorySeparator(parsed.GetRequiredValue(_output)));
        var shards = ShardSet.Find(output);
        if (shards.Records[0].Items is null)
        {
            var rows = ResultsMerging.Write(OutputFile.Check(_output, output), shards.Files);
            terminal.Note($"wrote {rows} rows of {shards.Files.Count} shards to {output}");
            return 0;
        }

        var images = Display.Run(terminal, "joining", meter => RegionMerging.Write(output, shards, meter, terminal.Cancellation));
        var leftOut = shards.Records.Sum(record => record.LeftOut.Count);
        terminal.Note($"wrote {images} images of {shards.Files.Count} shards to {output}{(leftOut > 0 ? $"; {leftOut} were left out" : "")}");
        return 0;
    }
}
