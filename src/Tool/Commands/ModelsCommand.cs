using System.CommandLine;
using System.Globalization;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary>
/// <c>vl models</c>: the architectures there are, with their tasks, sizes and checkpoints, as a Markdown table; its commands are about published models.
/// </summary>
internal static class ModelsCommand
{
    /// <summary>Answers of VQA v2 in the references.</summary>
    private const int Answers = 3129;

    public static Command Create(Terminal terminal)
    {
        var command = new Command("models", "List the architectures: tasks, parameters and what the names in their checkpoints start with.");
        foreach (var about in new PublishedModelsCommand(terminal).All()) command.Add(about);
        command.SetAction(_ =>
        {
            foreach (var line in Table()) terminal.Output.WriteLine(line);
            terminal.Output.Flush();
            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Table()
    {
        yield return $"| model | kind | tasks | parameters with {Answers} answers | a checkpoint's trunk |";
        yield return "|---|---|---|---|---|";
        foreach (var model in VisionLanguageModel.Kinds.Select(ModelKinds.Find))
        {
            // No task asks which model it is, so every model has every task; but those about regions need some.
            var tasks = string.Join(", ", ToolTasks.All.Where(task => task.Suits(model)).Select(task => task.Name));
            var network = new TaskNetwork(model, model.FindAnswerClassifier(AnswerHead.Vqa), Answers);
            var count = network.Parameters().Sum(parameter => parameter.Count).ToString("N0", CultureInfo.InvariantCulture);
            var trunks = string.Join(", ", model.CheckpointNames.TrunkPrefixes.Select(prefix => $"`{prefix}`"));
            yield return $"| {model.Title} | `{model.Kind}` | {tasks} | {count} | {trunks} |";
        }
    }
}
