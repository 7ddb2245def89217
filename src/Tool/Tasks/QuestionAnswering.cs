using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary><c>vqa</c>: visual question answering, with VQA v2's files and metrics.</summary>
internal sealed class QuestionAnswering : ToolTask<VqaDataset, VqaExample, AnsweredQuestion>
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly AnswerOptions _answers = new();

    private readonly Option<bool> _details = Options.Optional<bool>("--details", "Add every question's accuracy (evalQA).");
    private readonly Option<string> _head = Options.Default("--head", "The classifier that answers: vqa or gqa.", "vqa", "NAME");

    public QuestionAnswering() => _head.AcceptOnlyFromAmong("vqa", "gqa");

    public override string Name => "vqa";

    public override string Purpose => "answers questions about images";

    public override string RowsName => "questions";

    public override string ResultsName => "answers";

    public override string MetricsDescription =>
        "Write the official VQA accuracy as JSON: overall, perAnswerType, perQuestionType, in percent.";

    public override IReadOnlyList<Declaration> Declarations { get; } =
    [
        new("VQA", "VL-classifier", Declaration.BinaryLoss, "normal"),
        new("OKVQA", "VL-classifier", Declaration.BinaryLoss, "normal"),
    ];

    public override IReadOnlyList<DeclaredFile> Files { get; } =
    [
        new("questions", "--questions", "v2_OpenEnded_mscoco_{split}2014_questions.json"),
        new(DeclaredFile.Annotations, "--annotations", "v2_mscoco_{split}2014_annotations.json"),
    ];

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(VqaExample.Question))];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--question", "One question to answer.", "TEXT");

    public override IEnumerable<Option> TrainOptions => _answers.OfTraining;

    public override IEnumerable<Option> EvaluateOptions => [_details];

    public override IEnumerable<Option> ConvertOptions => [.. _answers.OfConversion, _head];

    public override IReadOnlyList<string> PredictionColumns => [nameof(VqaExample.QuestionId), AnsweredQuestion.ScoreColumn];

    public override DataOptions<VqaDataset> CreateData(Command command, bool annotated) => new VqaDataOptions(command, annotated);

    public override IReadOnlyList<VqaExample> Rows(VqaDataset data) => data.Examples;

    public override RowFacts Facts(VqaExample row) => new($"question {row.QuestionId}", row.Question, row.ImagePath, row.ImageId);

    public override VqaExample CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Question = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    public override void CheckTrain(ParseResult parsed) => _answers.Check(parsed);

    public override TrainerOptions CreateTrainerOptions(ParseResult parsed, VqaDataset data, IReadOnlyList<VqaExample> training) =>
        _answers.ToTrainer(parsed, AnswerHead.Vqa, ChooseAnswers(parsed, data, training));

    public override string Summary(TrainerOptions options) => $"{((VisualQuestionAnsweringOptions)options).Answers!.Count} answers";

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.VisualQuestionAnswering((VisualQuestionAnsweringOptions)options);

    public override HeldOutScore Measure(
        IReadOnlyList<VqaExample> training, IReadOnlyList<VqaExample> rows, IReadOnlyList<AnsweredQuestion> predictions)
    {
        var frequent = training.SelectMany(example => example.Answers.Zip(example.AnswerScores))
            .GroupBy(pair => pair.First, StringComparer.Ordinal).MaxBy(group => group.Sum(pair => pair.Second))?.Key ?? "";
        return new(
            rows.Zip(predictions, (row, prediction) => row.ScoreOf(prediction.Best)).Average(),
            rows.Average(row => row.ScoreOf(frequent)),
            frequent);
    }

    public override Func<AnsweredQuestion> Reader(DataViewRow row, int top) =>
        AnsweredQuestion.Reader(row, nameof(VqaExample.QuestionId), top);

    public override void Write(TextWriter output, bool json, VqaExample row, AnsweredQuestion prediction)
    {
        if (json)
        {
            var answers = prediction.Answers.Select(a => new { answer = a.Answer, probability = a.Probability });
            output.WriteLine(JsonSerializer.Serialize(new { question = row.Question, image = Facts(row).Images[0].Name, answers }, Readable));
            return;
        }

        prediction.Write(output);
    }

    public override void WriteResults(string path, IReadOnlyList<VqaExample> rows, IEnumerable<AnsweredQuestion> predictions)
    {
        // A column of texts does not tell numbers; the file of results has each id as the questions have it.
        var identifiers = rows.ToDictionary(row => row.QuestionId, row => row.Identifier);
        VqaFiles.WriteResults(path, predictions.Select(row => new VqaResult(identifiers[row.QuestionId], row.Best)));
    }

    /// <summary>Without a look at the images, and over all annotated questions, as the official evaluation.</summary>
    public override string EvaluateResults(ParseResult parsed, DataOptions<VqaDataset> options, Terminal terminal, string results)
    {
        var data = (VqaDataOptions)options;
        if (data.HasLayout(parsed)) return Measure(parsed, data.Open(parsed, terminal, checkImages: false), VqaFiles.ReadResults(results), results);
        var questions = parsed.GetValue(data.Questions);
        var annotations = VqaFiles.ReadAnnotations(
            parsed.GetValue(data.Annotations) ?? throw new UsageException("--annotations is needed."));
        if (questions is not null) CheckQuestions(questions, annotations);
        return Measure(parsed, () => VqaAccuracy.Evaluate(annotations, VqaFiles.ReadResults(results)), results);
    }

    public override string Evaluate(ParseResult parsed, VqaDataset data, IReadOnlyList<AnsweredQuestion> predictions, string model) =>
        Measure(parsed, data, predictions.Select(row => new VqaResult(row.QuestionId, row.Best)), model);

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary)
    {
        var answers = _answers.Load(parsed);
        var options = new CheckpointOptions
        {
            StateDictionary = stateDictionary,
            CheckpointAnswers = _answers.CheckpointAnswers(parsed),
            Head = parsed.GetRequiredValue(_head) == "gqa" ? AnswerHead.Gqa : AnswerHead.Vqa,
            TaskNumber = TaskNumberOf(parsed),
            Quantize = parsed.GetValue(Int8),
        };
        return Loading(() => context.VisionLanguage().LoadCheckpoint(path, model, answers, options), $"{answers.Count} answers");
    }

    public override bool Owns(ITransformer part) => part is VisualQuestionAnsweringTransformer;

    public override ModelFacts Describe(ITransformer part)
    {
        var model = (VisualQuestionAnsweringTransformer)part;
        return new(model.Model, model.BatchSize, "answer", model.Answers);
    }

    private IReadOnlyList<string> ChooseAnswers(ParseResult parsed, VqaDataset data, IReadOnlyList<VqaExample> training) =>
        _answers.Choose(parsed, data.Answers, training.Count, least =>
        {
            var trained = training.Select(example => example.Identifier).ToHashSet();
            return data.Annotations.Count == 0
                ? VqaSoftTargets.BuildVocabulary(training, least)
                : VqaSoftTargets.BuildVocabulary(data.Annotations.Where(annotation => trained.Contains(annotation.QuestionId)), least);
        });

    private static void CheckQuestions(string path, IReadOnlyList<VqaAnnotation> annotations)
    {
        var asked = VqaFiles.ReadQuestions(path).Questions.Select(question => question.QuestionId).ToHashSet();
        var unasked = annotations.Where(annotation => !asked.Contains(annotation.QuestionId)).ToList();
        if (unasked.Count > 0)
            throw new InvalidDataException(
                $"{path}: {unasked.Count} annotated questions are not in it, the first is {unasked[0].QuestionId}.");
    }

    private string Measure(ParseResult parsed, VqaDataset data, IEnumerable<VqaResult> results, string source) => Measure(
        parsed,
        () => data.Annotations.Count > 0
            ? VqaAccuracy.Evaluate(data.Annotations, results)
            : VqaAccuracy.EvaluateScored(data.Examples, results),
        source);

    private string Measure(ParseResult parsed, Func<VqaMetrics> evaluate, string source)
    {
        try
        {
            return evaluate().ToJson(parsed.GetValue(_details));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{source}: {Failure.Describe(e)}", e);
        }
    }
}
