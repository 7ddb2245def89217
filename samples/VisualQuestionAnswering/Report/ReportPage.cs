using System.Globalization;
using System.Net;
using System.Text;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Answering;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Report;

/// <summary>One HTML file with everything in it: figures, the loss curve, pictures with questions and answers.</summary>
internal static class ReportPage
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
        h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
        table { border-collapse: collapse; } th, td { padding: .25rem .8rem; border-bottom: 1px solid #ddd; text-align: right; }
        th:first-child, td:first-child { text-align: left; } tr:last-child td { font-weight: 600; }
        svg { width: 100%; max-width: 46rem; font-size: 11px; } svg text { fill: #666; } svg .grid { stroke: #e4e4e4; }
        polyline { fill: none; stroke-width: 1.6; } polyline.loss { stroke: #c2410c; } polyline.score { stroke: #1d4ed8; }
        svg text.loss { fill: #c2410c; } svg text.score { fill: #1d4ed8; }
        .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; }
        .card { border: 1px solid #ddd; border-radius: 8px; padding: .8rem; } .card img { width: 100%; border-radius: 4px; }
        .card p { margin: .5rem 0; font-weight: 600; }
        .bar { display: grid; grid-template-columns: 5rem 1fr 3.2rem; gap: .4rem; align-items: center; font-size: 13px; }
        .bar i { height: .55rem; border-radius: 3px; background: #93c5fd; } .right { color: #15803d; } .wrong { color: #b91c1c; }
        """;

    public static void Write(
        string path, TrainingRecord record, IReadOnlyList<(VqaExample Example, IReadOnlyList<AnswerProbability> Answers)> samples)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        page.Append("<title>Visual question answering</title><style>").Append(Style).Append("</style></head><body>\n");
        page.Append("<h1>Visual question answering</h1>\n");
        var overall = record.Evaluation.Overall;
        Add(page, $"<p>A small ViLBERT learned from {record.TrainRows} questions in {record.TrainingSeconds:F0} s. ");
        Add(page, $"It answers {100 * overall.Accuracy:F1} % of {overall.Questions} questions about scenes it has not seen; ");
        Add(page, $"always saying “{Text(overall.MostFrequentAnswer)}” gets {100 * overall.BaselineAccuracy:F1} %.</p>\n");
        AddTable(page, record.Evaluation);
        page.Append("<h2>Training</h2>\n<p>Loss (red, left) and accuracy on validation scenes (blue, right).</p>\n");
        page.Append(LossChart.Draw(record));
        page.Append("<h2>Questions about unseen scenes</h2>\n<p>Answered by the saved model in a process of its own.</p>\n<div class=\"cards\">\n");
        foreach (var (example, answers) in samples)
            AddCard(page, example, answers);
        page.Append("</div>\n</body></html>\n");
        File.WriteAllText(path, page.ToString());
    }

    private static void AddTable(StringBuilder page, Evaluation evaluation)
    {
        page.Append("<table><tr>").AppendJoin("", Evaluation.Head.Select(title => $"<th>{Text(title)}</th>")).Append("</tr>\n");
        foreach (var row in evaluation.Rows())
            page.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        page.Append("</table>\n");
    }

    private static void AddCard(StringBuilder page, VqaExample example, IReadOnlyList<AnswerProbability> answers)
    {
        var truth = example.Answers[0];
        var isRight = answers[0].Answer == truth;
        var (name, picture) = (Text(Path.GetFileName(example.ImagePath)), Convert.ToBase64String(File.ReadAllBytes(example.ImagePath)));
        Add(page, $"<div class=\"card\"><img alt=\"{name}\" src=\"data:image/png;base64,{picture}\"><p>{Text(example.Question)}</p>\n");
        foreach (var (answer, probability) in answers)
        {
            Add(page, $"<div class=\"bar\"><span>{Text(answer)}</span><i style=\"width:{100 * probability:F1}%\"></i>");
            Add(page, $"<span>{100 * probability:F1} %</span></div>\n");
        }

        var verdict = isRight ? "right" : "wrong";
        Add(page, $"<div class=\"{verdict}\">{verdict}: {Text(truth)}</div></div>\n");
    }

    private static void Add(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture));

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
