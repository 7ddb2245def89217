using System.CommandLine;
using MLNet.VisionLanguage.Tool.Scenes;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl scenes</c>: renders a data set of simple pictures with questions, to try training on.</summary>
internal static class ScenesCommand
{
    public static Command Create(Terminal terminal)
    {
        var output = Options.Required("--output", "The folder to write; a data set of scenes that is there is replaced.", "FOLDER");
        var training = Count("--scenes", "Pictures to train on.", 4500);
        var validation = Count("--validation-scenes", "Further pictures to choose the best epoch by.", 400);
        var test = Count("--test-scenes", "Further pictures to measure with.", 400);
        var seed = Options.Default("--seed", "Makes the same data set again.", 1, "N");
        var command = new Command(
            "scenes",
            "Render pictures of coloured shapes with questions and answers in the VQA v2 format: images/, and {train,validation,test}_" +
            "{questions,annotations}.json.")
        {
            output, training, validation, test, seed,
        };
        command.SetAction(parsed =>
        {
            var folder = Path.GetFullPath(parsed.GetRequiredValue(output));
            var counts = new SceneCounts(Value(parsed, training), Value(parsed, validation), Value(parsed, test));
            var total = counts.All.Sum();
            Display.Run(terminal, "rendering", meter =>
            {
                SceneDataset.Render(
                    folder, counts, parsed.GetValue(seed), done => meter.Show(done, total, $"rendered {done} of {total}"), terminal.Cancellation);
                return true;
            });
            terminal.Note($"rendered {total} scenes to {folder}");
            return 0;
        });
        return command;
    }

    private static Option<int> Count(string name, string description, int count) => Options.Default(name, description, count, "N");

    private static int Value(ParseResult parsed, Option<int> option)
    {
        var value = parsed.GetValue(option);
        return value > 0 ? value : throw new UsageException($"{option.Name} {value}: at least 1 is needed.");
    }
}
