using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>Question answering with data sets that have one answer a question; it is right when it is the expected text.</summary>
internal abstract class DatasetAnswering<TRow> : NamedToolTask<TRow, VisualQuestionAnsweringTransformer>
    where TRow : VqaExample, new()
{
    private readonly AnswerOptions _answers = new();

    public override string Purpose => "answers questions about images";

    public override string RowsName => "questions";

    public override string ResultsName => "answers";

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(VqaExample.Question))];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--question", "One question to answer.", "TEXT");

    public override IEnumerable<Option> TrainOptions => _answers.OfTraining;

    public override IEnumerable<Option> ConvertOptions => _answers.OfConversion;

    /// <summary>The classifier that answers.</summary>
    protected abstract AnswerHead Head { get; }

    protected override string NameTitle => "answer";

    protected override int NameCount => 0;

    protected override bool TellsConfusion => false;

    protected override string IdColumn => nameof(VqaExample.QuestionId);

    public override int ResultsTop => 5;

    public override void CheckTrain(ParseResult parsed) => _answers.Check(parsed);

    public override RowFacts Facts(TRow row) => new($"question {row.QuestionId}", row.Question, row.ImagePath, row.ImageId);

    public override TRow CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Question = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    public override TrainerOptions CreateTrainerOptions(ParseResult parsed, IReadOnlyList<TRow> data, IReadOnlyList<TRow> training) =>
        _answers.ToTrainer(
            parsed, Head, _answers.Choose(parsed, [], training.Count, least => VqaSoftTargets.BuildVocabulary(training, least)));

    public override string Summary(TrainerOptions options) => $"{((VisualQuestionAnsweringOptions)options).Answers!.Count} answers";

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.VisualQuestionAnswering((VisualQuestionAnsweringOptions)options);

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary)
    {
        var answers = _answers.Load(parsed);
        return Loading(
            () => context.VisionLanguage().LoadCheckpoint(path, model, answers, new CheckpointOptions
            {
                StateDictionary = stateDictionary,
                CheckpointAnswers = _answers.CheckpointAnswers(parsed),
                Head = Head,
                TaskNumber = TaskNumberOf(parsed),
                Quantize = parsed.GetValue(Int8),
            }),
            $"{answers.Count} answers");
    }

    protected override string IdOf(TRow row) => row.QuestionId;

    /// <summary>The answer that is worth most.</summary>
    protected override string LabelOf(TRow row) => row.Answers.Length == 0 ? "" : row.Answers.Zip(row.AnswerScores).MaxBy(pair => pair.Second).First;

    protected override IReadOnlyList<string> NamesOf(VisualQuestionAnsweringTransformer transformer) => transformer.Answers;
}

/// <summary><c>gqa</c>: the questions of GQA, with its metrics and the results file that its evaluation reads.</summary>
internal sealed class GqaAnswering : DatasetAnswering<GqaExample>
{
    public override string Name => "gqa";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("GQA", "VL-classifier-GQA", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "{split}_balanced_questions.json")];

    public override string MetricsDescription =>
        "Write GQA's accuracy as JSON: of all questions, binary and open ones, and by structural and semantic type, 0..1.";

    public override int ResultsTop => 1;

    protected override AnswerHead Head => AnswerHead.Gqa;

    protected override string Format => "GQA's questions, such as val_balanced_questions.json (or .json.gz), or a folder of them";

    protected override DatasetRows<GqaExample> Load(string path, string? images, DatasetOptions options) => GqaDataset.Load(path, images, options);

    protected override OpenDataset<GqaExample> LoadLxmert => LxmertDataset.LoadGqa;

    public override void WriteResults(string path, IReadOnlyList<GqaExample> rows, IEnumerable<AnsweredQuestion> predictions) =>
        SubmissionFiles.WriteGqa(path, predictions.Select(row => (row.QuestionId, row.Best)));

    protected override IEnumerable<(string Id, string Prediction)> ReadResults(string path) =>
        JsonRowReader.Rows(path, "answers", "answer", row => (row.Text("questionId"), row.Text("prediction")));

    protected override IEnumerable<KeyValuePair<string, object>> FurtherMetrics(IReadOnlyList<GqaExample> rows, IReadOnlyList<string> predictions)
    {
        var context = new MLContext();
        var answered = rows.Zip(predictions, (row, prediction) => new Answered
        {
            Answers = LabelOf(row),
            PredictedLabel = prediction,
            QuestionType = row.QuestionType,
            SemanticType = row.SemanticType,
        });
        var metrics = context.VisionLanguage().EvaluateGqa(context.Data.LoadFromEnumerable(answered));
        if (!double.IsNaN(metrics.BinaryAccuracy)) yield return new("binary", metrics.BinaryAccuracy);
        if (!double.IsNaN(metrics.OpenAccuracy)) yield return new("open", metrics.OpenAccuracy);
        if (metrics.PerStructuralType.Count > 0) yield return new("perStructuralType", metrics.PerStructuralType);
        if (metrics.PerSemanticType.Count > 0) yield return new("perSemanticType", metrics.PerSemanticType);
    }

    private sealed class Answered
    {
        public string Answers { get; set; } = "";

        public string PredictedLabel { get; set; } = "";

        public string QuestionType { get; set; } = "";

        public string SemanticType { get; set; } = "";
    }
}

/// <summary><c>genome-qa</c>: the questions of Visual Genome.</summary>
internal sealed class GenomeAnswering : DatasetAnswering<VqaExample>
{
    public override string Name => "genome-qa";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("GenomeQA", "VL-classifier", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "{split}_question_answers.json")];

    public override int? UsualTaskNumber => 2;

    protected override AnswerHead Head => AnswerHead.Vqa;

    protected override string Format => "Visual Genome's question_answers.json (or .json.gz)";

    protected override DatasetRows<VqaExample> Load(string path, string? images, DatasetOptions options) =>
        VisualGenomeDataset.LoadQuestions(path, images, options);
}
