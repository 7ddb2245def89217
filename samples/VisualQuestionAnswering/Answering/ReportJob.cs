using System.Globalization;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Data;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Display;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Report;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Answering;

/// <summary>What the second process does: loads the zip, answers questions about unseen scenes, writes the report.</summary>
internal static class ReportJob
{
    private const int PerFamily = 4;
    private const int Shown = 3;

    public static void Run(Workspace workspace, string modelPath, IDisplay display)
    {
        var examples = SampleQuestions.Choose(SceneSplit.Test(workspace.Data).Load().Examples, PerFamily);
        var answers = new Answerer(modelPath).Answer(
            examples.Select(example => new ImageQuestion { ImagePath = example.ImagePath, Question = example.Question }), Shown);
        foreach (var (example, best) in examples.Zip(answers))
        {
            var (answer, probability) = best[0];
            var correction = answer == example.Answers[0] ? "" : $", right is {example.Answers[0]}";
            display.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFileName(example.ImagePath)}: {example.Question} {answer} ({100 * probability:F0} %){correction}"));
        }

        ReportPage.Write(workspace.Report, TrainingRecord.Load(workspace.Record), [.. examples.Zip(answers)]);
        display.Say($"Wrote {workspace.Report}.");
    }
}
