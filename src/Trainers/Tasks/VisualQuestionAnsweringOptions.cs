using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tasks.Answering;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="VisualQuestionAnsweringTrainer"/>. The defaults are the reference's for VQA v2 (vilbert_tasks.yml, train_tasks.py).
/// </summary>
public sealed class VisualQuestionAnsweringOptions : LabelTrainerOptions
{
    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static VisualQuestionAnsweringOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<VisualQuestionAnsweringOptions>(model, epochs);

    /// <summary>Which classifier is trained.</summary>
    public AnswerHead Head { get; set; } = AnswerHead.Vqa;

    /// <summary>The answers the model knows, in order; null takes those of the training rows, most frequent first.</summary>
    public IReadOnlyList<string>? Answers { get; set; }

    /// <summary>
    /// The answers that the classifier of <see cref="LearningOptions.InitialWeights"/> tells apart, in its order: the classifier starts from
    /// the rows of the same answers there, found as <see cref="CheckpointOptions.CheckpointAnswers"/> says, and from zeros where there is none.
    /// Null starts a classifier for other answers fresh. Alone, not with other tasks.
    /// </summary>
    public IReadOnlyList<string>? InitialAnswers { get; set; }

    /// <summary>
    /// Whether a row trains towards its best answer alone, by cross entropy (LXMERT's mceLoss for GQA), not towards the scores of all by
    /// binary cross entropy.
    /// </summary>
    public bool BestAnswerOnly { get; set; }

    /// <summary>When <see cref="Answers"/> is null: rows in which an answer must occur to be known.</summary>
    public int MinimumAnswerCount { get; set; } = 1;

    /// <summary>
    /// Label column: the row's answers, Text, Vector&lt;Text&gt;, or a key or keys with texts as KeyValues. Rows without an answer of the
    /// model's are counted in a warning and train towards no answer.
    /// </summary>
    public string AnswersColumnName { get; set; } = "Answers";

    /// <summary>
    /// Label column: the soft score 0..1 of each answer, Vector&lt;Single&gt;; null scores every answer 1, as does a label of one answer
    /// without such a column.
    /// </summary>
    public string? AnswerScoresColumnName { get; set; } = "AnswerScores";

    internal AnswerModelSettings ToSettings(IReadOnlyList<string> answers) => Shared<AnswerModelSettings>() with
    {
        Head = Model.FindAnswerClassifier(Head).Name,
        Answers = answers,
        PredictedLabelColumnName = PredictedLabelColumnName,
    };

    internal override JointMember Join() => InitialAnswers is not null
        ? throw Fail(nameof(InitialAnswers), "several tasks share their initial weights")
        : new JointMember<AnswerLabel, AnswerModelSettings, VisualQuestionAnsweringTransformer>(new AnsweringTask(this));

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() =>
        [(nameof(AnswersColumnName), AnswersColumnName, false), (nameof(AnswerScoresColumnName), AnswerScoresColumnName, true)];

    private protected override void ValidateTask()
    {
        Defined(nameof(Head), Head);
        AtLeast(nameof(MinimumAnswerCount), MinimumAnswerCount, 1);
        if (Answers is not null) CheckNames(nameof(Answers), Answers);
        if (InitialAnswers is null) return;
        CheckNames(nameof(InitialAnswers), InitialAnswers);
        if (InitialWeights is null) throw Fail(nameof(InitialAnswers), $"they are those of {nameof(InitialWeights)}, which names no checkpoint");
    }
}
