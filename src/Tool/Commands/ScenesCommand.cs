using System.CommandLine;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Scenes;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl scenes</c>: renders a data set of simple pictures with a little of every task, to try training on.</summary>
internal static class ScenesCommand
{
    public static Command Create(Terminal terminal)
    {
        var output = Options.Required("--output", "The folder to write; a data set of scenes that is there is replaced.", "FOLDER");
        var training = Options.Default("--scenes", "Pictures to train on.", 4500, "N");
        var unseen = Options.Default("--val-scenes", "Further pictures to measure with.", 500, "N");
        var seed = Options.Default("--seed", "Makes the same data set again.", 1, "N");
        var command = new Command(
            "scenes",
            "Render pictures of coloured shapes with questions and answers in the VQA v2 format: images, {train,val}_questions.json and " +
            "{train,val}_annotations.json. The question type says what a question asks for: color, shape, existence, count, position. " +
            "Beside them, in the formats of COCO, RefCOCO, SNLI-VE, VCR and NLVR2: _captions.json, _refs.p with _instances.json, " +
            "_entailment.jsonl, _choices.jsonl, _pairs.json with the folder pairs; and tasks.yml, which train multi-task reads.")
        {
            output, training, unseen, seed,
        };
        command.SetAction(parsed =>
        {
            var folder = OutputFile.CheckNewFolder(output, parsed.GetRequiredValue(output));
            int[] counts = [Count(parsed, training), Count(parsed, unseen)];
            var total = counts.Sum();
            Display.Run(terminal, "rendering", meter =>
            {
                void Drawn(int done) => meter.Show(done, total, $"rendered {done} of {total}");
                SceneDataset.Render(folder, counts, parsed.GetValue(seed), Drawn, terminal.Cancellation);
                return total;
            });
            terminal.Note($"rendered {total} scenes to {folder}");
            return 0;
        });
        return command;
    }

    private static int Count(ParseResult parsed, Option<int> option) => parsed.GetValue(option) switch
    {
        < 1 and var value => throw new UsageException($"{option.Name} {value}: at least 1 is needed."),
        var value => value,
    };
}
