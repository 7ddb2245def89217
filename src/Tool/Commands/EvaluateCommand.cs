using System.CommandLine;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Metrics;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl evaluate vqa</c>: the official VQA accuracy of a results file, or of a model's own answers, as JSON.</summary>
internal static class EvaluateVqaCommand
{
    public static Command Create(Terminal terminal)
    {
        var results = Options.Optional<string?>("--results", "The answers to measure, in the VQA result format.", "FILE");
        var model = Options.Optional<string?>("--model", "A model whose answers are measured, in place of --results.", "ZIP");
        var details = Options.Optional<bool>("--details", "Add every question's accuracy (evalQA).");
        var command = new Command("vqa", "Write the official VQA accuracy as JSON: overall, perAnswerType, perQuestionType, in percent.")
        {
            results, model, details,
        };
        var data = new DataOptions(command, annotated: true);
        command.SetAction(parsed =>
        {
            var metrics = (parsed.GetValue(results), parsed.GetValue(model)) switch
            {
                ({ } file, null) => OfResults(parsed, data, terminal, file),
                (null, { } zip) => OfModel(parsed, data, terminal, zip),
                _ => throw new UsageException("Either --results or --model is needed, and not both."),
            };
            terminal.Output.WriteLine(metrics.ToJson(parsed.GetValue(details)));
            terminal.Output.Flush();
            return 0;
        });
        return command;
    }

    /// <summary>Without a look at the images, and over all annotated questions, as the official evaluation.</summary>
    private static VqaMetrics OfResults(ParseResult parsed, DataOptions data, Terminal terminal, string results)
    {
        if (data.HasLayout(parsed))
            return Measure(data.Open(parsed, terminal).Annotations, VqaFiles.ReadResults(results), results);
        var questionsPath = parsed.GetValue(data.Questions);
        var annotationsPath = parsed.GetValue(data.Annotations) ?? throw new UsageException("--annotations is needed.");
        var annotations = VqaFiles.ReadAnnotations(annotationsPath);
        if (questionsPath is not null)
            CheckQuestions(questionsPath, annotations);
        return Measure(annotations, VqaFiles.ReadResults(results), results);
    }

    private static void CheckQuestions(string path, IReadOnlyList<VqaAnnotation> annotations)
    {
        var asked = VqaFiles.ReadQuestions(path).Questions.Select(question => question.QuestionId).ToHashSet();
        var unasked = annotations.Where(annotation => !asked.Contains(annotation.QuestionId)).ToList();
        if (unasked.Count > 0)
            throw new InvalidDataException($"{path}: {unasked.Count} annotated questions are not in it, the first is {unasked[0].QuestionId}.");
    }

    private static VqaMetrics OfModel(ParseResult parsed, DataOptions data, Terminal terminal, string zip)
    {
        var set = data.Open(parsed, terminal);
        using var model = AnswerModelFile.Load(zip);
        var rows = Display.Run(terminal, "scoring", meter =>
        {
            var answered = model.Answer(set.Examples, data.FeatureFiles(parsed), top: 1);
            return Display.Count(answered, meter, set.Examples.Count, "scored", terminal.Cancellation).ToList();
        });
        return Measure(set.Annotations, rows.Select(row => new VqaResult(row.QuestionId, row.Best.Answer)), zip);
    }

    private static VqaMetrics Measure(IReadOnlyList<VqaAnnotation> annotations, IEnumerable<VqaResult> results, string source)
    {
        try
        {
            return VqaAccuracy.Evaluate(annotations, results);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{source}: {Failure.Describe(e)}", e);
        }
    }
}
