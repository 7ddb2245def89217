using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary><c>vcr</c>: the answer to a question (Q→A).</summary>
internal sealed class AnswerChoosing : Choosing
{
    private readonly Option<string?> _rationaleResults = Options.Optional<string?>(
        "--rationale-results", "With --results: those of vcr-rationale, to measure both and their conjunction (Q→AR).", "FILE");

    private readonly Option<string?> _rationaleModel = Options.Optional<string?>(
        "--rationale-model", "With --model: one of vcr-rationale, to measure both and their conjunction (Q→AR).", "ZIP");

    public override string Name => "vcr";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("VCR_Q-A", "VL-logit", Declaration.ChoiceLoss, "expand")];

    public override IEnumerable<Option> EvaluateOptions => [_rationaleResults, _rationaleModel];

    public override string Purpose => "chooses the answer to a question about an image";

    public override Option<string?> Text { get; } = Options.Optional<string?>("--question", "One question to choose an answer to.", "TEXT");

    protected override string FirstColumn => nameof(VcrExample.Question);

    protected override string ChoiceColumn => "Answer";

    protected override string LabelColumn => nameof(VcrExample.AnswerLabel);

    protected override string LabelOf(VcrExample row) => row.AnswerLabel;

    public override string EvaluateResults(
        ParseResult parsed, DataOptions<IReadOnlyList<VcrExample>> options, Terminal terminal, string results)
    {
        if (parsed.GetValue(_rationaleModel) is not null)
            throw new UsageException("--rationale-model goes with --model, --rationale-results with --results.");
        return parsed.GetValue(_rationaleResults) is { } rationales
            ? Joint(options.Open(parsed, terminal, checkImages: false), Chosen(results, ReadResults(results)), Chosen(rationales, ReadResults(rationales)))
            : base.EvaluateResults(parsed, options, terminal, results);
    }

    public override string Evaluate(
        ParseResult parsed, Terminal terminal, IReadOnlyList<string> featureFiles, IReadOnlyList<VcrExample> data,
        IReadOnlyList<AnsweredQuestion> predictions, string model)
    {
        if (parsed.GetValue(_rationaleResults) is not null)
            throw new UsageException("--rationale-results goes with --results, --rationale-model with --model.");
        if (parsed.GetValue(_rationaleModel) is not { } zip) return Evaluate(parsed, data, predictions, model);
        var task = new RationaleChoosing();
        using var rationales = ModelFile.Load(zip, task, terminal);
        var chosen = task.Predict(rationales, data, featureFiles, top: 1, meter: null, terminal.Cancellation).Select(row => (row.QuestionId, row.Best));
        return Joint(data, Chosen(model, predictions.Select(row => (row.QuestionId, row.Best))), Chosen(zip, chosen));
    }

    private static Dictionary<string, string> Chosen(string source, IEnumerable<(string Id, string Prediction)> predictions)
    {
        var chosen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, prediction) in predictions)
            if (!chosen.TryAdd(id, prediction)) throw new InvalidDataException($"{source}: '{id}' is predicted twice.");
        return chosen;
    }

    private string Joint(IReadOnlyList<VcrExample> rows, Dictionary<string, string> answers, Dictionary<string, string> rationales)
    {
        var context = new MLContext();
        IDataView Judged(Dictionary<string, string> chosen, string what) => context.Data.LoadFromEnumerable(rows.Select(row => new Judgement
        {
            QuestionId = row.QuestionId,
            AnswerLabel = row.AnswerLabel,
            RationaleLabel = row.RationaleLabel,
            PredictedLabel = chosen.GetValueOrDefault(row.QuestionId)
                ?? throw new InvalidDataException($"{Facts(row).Name} has no predicted {what}."),
        }).ToList());
        if (rows.FirstOrDefault(row => row.AnswerLabel.Length == 0 || row.RationaleLabel.Length == 0) is { } test)
            throw new InvalidDataException($"{Facts(test).Name} has no right answer and rationale to measure by.");
        var metrics = context.VisionLanguage().EvaluateVisualCommonsense(Judged(answers, "answer"), Judged(rationales, "rationale"));
        return JsonSerializer.Serialize(
            new { answer = metrics.AnswerAccuracy, rationale = metrics.RationaleAccuracy, joint = metrics.JointAccuracy, count = metrics.Count });
    }

    private sealed class Judgement
    {
        public string QuestionId { get; set; } = "";

        public string AnswerLabel { get; set; } = "";

        public string RationaleLabel { get; set; } = "";

        public string PredictedLabel { get; set; } = "";
    }

    protected override string First(VcrExample row) => row.Question;

    protected override IReadOnlyList<string> Choices(VcrExample row) => [row.Answer0, row.Answer1, row.Answer2, row.Answer3];

    protected override VcrExample Create(string first, IReadOnlyList<string> choices) => new()
    {
        Question = first,
        QuestionTags = Untagged(first),
        Answer0 = choices[0],
        Answer0Tags = Untagged(choices[0]),
        Answer1 = choices[1],
        Answer1Tags = Untagged(choices[1]),
        Answer2 = choices[2],
        Answer2Tags = Untagged(choices[2]),
        Answer3 = choices[3],
        Answer3Tags = Untagged(choices[3]),
    };
}

/// <summary><c>vcr-rationale</c>: the reason for an answer (QA→R).</summary>
internal sealed class RationaleChoosing : Choosing
{
    public override string Name => "vcr-rationale";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("VCR_QA-R", "VL-logit", Declaration.ChoiceLoss, "expand")];

    public override string Purpose => "chooses the reason for an answer to a question about an image";

    public override Option<string?> Text { get; } =
        Options.Optional<string?>("--question", "One question with its answer to choose a reason for.", "TEXT");

    public override int? UsualTaskNumber => 6;

    protected override string FirstColumn => nameof(VcrExample.AnsweredQuestion);

    protected override string ChoiceColumn => "Rationale";

    protected override string LabelColumn => nameof(VcrExample.RationaleLabel);

    protected override string LabelOf(VcrExample row) => row.RationaleLabel;

    protected override string First(VcrExample row) => row.AnsweredQuestion;

    protected override IReadOnlyList<string> Choices(VcrExample row) => [row.Rationale0, row.Rationale1, row.Rationale2, row.Rationale3];

    protected override VcrExample Create(string first, IReadOnlyList<string> choices) => new()
    {
        AnsweredQuestion = first,
        AnsweredQuestionTags = Untagged(first),
        Rationale0 = choices[0],
        Rationale0Tags = Untagged(choices[0]),
        Rationale1 = choices[1],
        Rationale1Tags = Untagged(choices[1]),
        Rationale2 = choices[2],
        Rationale2Tags = Untagged(choices[2]),
        Rationale3 = choices[3],
        Rationale3Tags = Untagged(choices[3]),
    };
}
