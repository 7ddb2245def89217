using System.CommandLine;
using MLNet.VisionLanguage.Tool.Commands;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool;

/// <summary>The <c>vl</c> command line.</summary>
public static class VlProgram
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments, the command's name first.</param>
    /// <param name="output">Takes the results.</param>
    /// <param name="error">Takes progress, notes and errors.</param>
    /// <param name="cancellation">Interrupts the command.</param>
    /// <returns>0, or 1 for a failure, 2 for a wrong command line, 130 when interrupted.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error, CancellationToken cancellation = default) =>
        Run(args, new Terminal(output, error) { Cancellation = cancellation });

    internal static int Run(string[] args, Terminal terminal)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Tell more, and show where an error comes from.", Recursive = true };
        var literally = new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
        var parsed = CreateRoot(terminal, verbose).Parse(args, literally);
        try
        {
            // Help and version clear the errors of an incomplete command line; whatever is left is the user's.
            if (parsed.Errors.Count > 0 && parsed.Action is null or System.CommandLine.Invocation.ParseErrorAction)
                throw new UsageException($"{Complaint(parsed)} Try '{NameOf(parsed.CommandResult)} --help'.");
            OutputFile.RefuseInputs(parsed);
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception e)
        {
            terminal.Output.Flush();
            terminal.Note(Failure.Describe(e));
            if (parsed.GetValue(verbose)) terminal.Error.WriteLine(e);
            return Failure.CodeOf(e);
        }
    }

    private static RootCommand CreateRoot(Terminal terminal, Option<bool> verbose) => new(
        "Vision-and-language models in ML.NET: ask, tokenize, extract, train, score, retrieve, evaluate, compare, experiment, convert, detect, caption, "
        + "merge and inspect.")
    {
        verbose,
        TokenizeCommand.Create(terminal),
        Verb(
            new("train", "Train a model.")
            {
                new MultiTaskCommand(terminal, verbose).Create(), new TrainDetectorCommand(terminal, verbose).Create(),
                new TrainTextDetectorCommand(terminal, verbose).Create(),
            },
            (task, name) => task.Train(name, terminal, verbose)),
        Verb(ToolTasks.Default.Score("score", terminal), (task, name) => task.Score(name, terminal)),
        Verb(
            new("evaluate", "Measure a model's predictions.") { EvaluateDetectionCommand.Create(terminal) },
            (task, name) => task.Evaluate(name, terminal)),
        WithDetector(Verb(ToolTasks.Default.Convert("convert", terminal), (task, name) => task.Convert(name, terminal)), terminal),
        new RetrieveCommand(ToolTasks.All.OfType<Retrieval>().Single(), terminal).Create(),
        new ExtractCommand(terminal).Create(),
        new MergeCommand(terminal).Create(),
        new DetectCommand(terminal).Create(),
        new GroundCommand(terminal).Create(),
        new CaptionCommand(terminal).Create("caption"),
        new AskCommand(ToolTasks.All.OfType<QuestionAnswering>().Single(), terminal).Create(),
        new ExperimentCommand(terminal, verbose).Create(),
        new CompareCommand(ToolTasks.All.OfType<QuestionAnswering>().Single(), terminal).Create(),
        InspectCommand.Create(terminal),
        ModelsCommand.Create(terminal),
        ScenesCommand.Create(terminal),
    };

    /// <summary>Of what is converted one is no model of a task.</summary>
    private static Command WithDetector(Command convert, Terminal terminal)
    {
        convert.Add(ConvertDetectorCommand.Create(terminal));
        convert.Add(ConvertTextDetectorCommand.Create(terminal));
        convert.Add(new ConvertOnnxDetectorCommand(terminal).Create());
        convert.Add(ConvertTensorFlowJsCommand.Create(terminal));
        return convert;
    }

    /// <summary>A verb with each task under its name; score and convert without a name are the default task's.</summary>
    private static Command Verb(Command verb, Func<ToolTask, string, Command> create)
    {
        foreach (var task in ToolTasks.All) verb.Add(create(task, task.Name));
        return verb;
    }

    /// <summary>A word that no command knows explains more than what is missing without it.</summary>
    private static string Complaint(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count > 0) return $"'{parsed.UnmatchedTokens[0]}' is not expected here.";
        var message = parsed.Errors[0].Message;
        return message.EndsWith('.') ? message : message + ".";
    }

    private static string NameOf(System.CommandLine.Parsing.SymbolResult? result)
    {
        var names = new Stack<string>();
        for (; result is System.CommandLine.Parsing.CommandResult command; result = result.Parent)
            names.Push(command.Parent is null ? "vl" : command.Command.Name);
        return string.Join(' ', names);
    }
}
