using System.CommandLine;
using System.Diagnostics;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Answering;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Display;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;
using Spectre.Console;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering;

/// <summary>The command line: what there is, and what each does.</summary>
internal static class Commands
{
    public const int Failure = 1;
    public const int UsageError = 2;
    private const int Cancelled = 130;

    private static readonly Option<string?> Image = new("--image") { Description = "An image file to ask about." };
    private static readonly Option<string?> Question = new("--question") { Description = "The question about the image." };

    private static readonly Option<string> Output = new("--output")
    {
        Description = "The folder for data, model and report.",
        DefaultValueFactory = _ => "out",
        Recursive = true,
    };

    private static readonly Option<string?> Model = new("--model")
    {
        Description = "The saved model; by default the one in the output folder.",
    };

    private static readonly Option<int> Seed = Number("--seed", 1);
    private static readonly Option<int> Scenes = Number("--scenes", 4500);
    private static readonly Option<int> TestScenes = Number("--test-scenes", 400);
    private static readonly Option<int> Epochs = Number("--epochs", 7);
    private static readonly Option<int> BatchSize = Number("--batch-size", 64);
    private static readonly Option<double> Rate = new("--rate") { Hidden = true, DefaultValueFactory = _ => 2e-3 };

    public static RootCommand Create()
    {
        var answer = new Command("answer", "Loads the saved model, answers questions about unseen scenes and writes the report.") { Model };
        answer.SetAction((parsed, _) => Guarded(display => Report(parsed, display)));
        var root = new RootCommand(
            "Trains a model that answers questions about pictures, saves it, and lets a second process load it and write " +
            "out/report.html. " +
            "With --image and --question: answers that question (training first if there is no model yet).")
        {
            Image, Question, Output, Seed, Scenes, TestScenes, Epochs, BatchSize, Rate, answer,
        };
        root.SetAction((parsed, cancellation) => Guarded(display => Run(parsed, display, cancellation)));
        return root;
    }

    private static int Run(ParseResult parsed, IDisplay display, CancellationToken cancellation)
    {
        var workspace = new Workspace(Path.GetFullPath(parsed.GetValue(Output)!));
        var (image, text) = (parsed.GetValue(Image), parsed.GetValue(Question));
        if (image is null && text is null)
        {
            var watch = Stopwatch.StartNew();
            Train(parsed, workspace, display, cancellation);
            display.Say("A new process loads the model:");
            var code = OwnProcess.Run("answer", "--model", workspace.Model, "--output", workspace.Folder);
            display.Say($"All in all {watch.Elapsed.TotalSeconds:F0} s.");
            return code;
        }

        if (image is null || text is null)
            throw new UsageException("--image and --question belong together: give both, or neither to train and see the report.");
        var question = SingleQuestion.Check(image, text);
        if (!File.Exists(workspace.Model))
        {
            display.Say($"There is no model at '{workspace.Model}' yet: training one first.");
            Train(parsed, workspace, display, cancellation);
        }

        SingleQuestion.Answer(workspace.Model, question, display);
        return 0;
    }

    private static int Report(ParseResult parsed, IDisplay display)
    {
        var workspace = new Workspace(Path.GetFullPath(parsed.GetValue(Output)!));
        var model = parsed.GetValue(Model) ?? workspace.Model;
        if (!File.Exists(model))
            throw new UsageException($"There is no model at '{model}'; run without arguments to train one.");
        ReportJob.Run(workspace, model, display);
        return 0;
    }

    private static void Train(ParseResult parsed, Workspace workspace, IDisplay display, CancellationToken cancellation)
    {
        var test = parsed.GetValue(TestScenes);
        var settings = new TrainingSettings(
            parsed.GetValue(Scenes), test, test, parsed.GetValue(Epochs), parsed.GetValue(BatchSize), parsed.GetValue(Rate),
            parsed.GetValue(Seed));
        new TrainJob(workspace, settings, display, cancellation).Run();
    }

    /// <summary>Turns failures into a line on the error output and an exit code.</summary>
    private static Task<int> Guarded(Func<IDisplay, int> work)
    {
        try
        {
            var isTerminal = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;
            return Task.FromResult(work(isTerminal ? new TerminalDisplay() : new PlainDisplay()));
        }
        catch (UsageException e)
        {
            return Fail(e.Message, UsageError);
        }
        catch (OperationCanceledException)
        {
            return Fail("Cancelled.", Cancelled);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException
            or InvalidOperationException or FormatException)
        {
            return Fail(Cause(e).Message, Failure);
        }
    }

    /// <summary>ML.NET reads rows on worker threads and wraps their errors.</summary>
    private static Exception Cause(Exception error) =>
        error.InnerException is { } inner && error.Message.StartsWith("Splitter/consolidator", StringComparison.Ordinal) ? Cause(inner) : error;

    private static Task<int> Fail(string message, int code)
    {
        Console.Error.WriteLine(message);
        return Task.FromResult(code);
    }

    private static Option<int> Number(string name, int value)
    {
        var option = new Option<int>(name) { Hidden = true, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.GetValueOrDefault<int>() > 0)
                return;
            result.AddError($"{name} must be a whole number above 0.");
        });
        return option;
    }
}
