using System.CommandLine;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>Which answers a model that answers questions knows.</summary>
internal sealed class AnswerOptions
{
    /// <summary>Below this many questions an answer that was given once is worth knowing.</summary>
    private const int LargeDataset = 10_000;

    private readonly Option<string?> _answers =
        Options.Optional<string?>("--answers", "The answers to learn: label2ans, ans2label or one a line; without, the data's.", "FILE");

    private readonly Option<int?> _least = Options.Optional<int?>(
        "--min-answer-count",
        $"Without --answers: how many questions must have an answer; 9 from {LargeDataset} questions on, else 1.",
        "N");

    private readonly Option<string> _classes =
        Options.Required("--answers", "Its answers: trainval_label2ans or ans2label (.json, .pkl), or one a line.", "FILE");

    private readonly Option<string?> _checkpointAnswers = Options.Optional<string?>(
        "--checkpoint-answers",
        "The answers of the checkpoint's classifier where they are others, such as LXMERT's all_ans.json: rows are taken by the answers' texts.",
        "FILE");

    private readonly Option<bool> _best = Options.Optional<bool>(
        "--best-answer-only", "Train towards the best answer of a question alone, by cross entropy (LXMERT's mceLoss), not towards the scores of all.");

    /// <summary>Options of train.</summary>
    public IEnumerable<Option> OfTraining => [_answers, _least, _checkpointAnswers, _best];

    /// <summary>The options of convert.</summary>
    public IEnumerable<Option> OfConversion => [_classes, _checkpointAnswers];

    /// <exception cref="UsageException">Options of train exclude each other or have impossible values.</exception>
    public void Check(ParseResult parsed)
    {
        if (parsed.GetValue(_answers) is not null && parsed.GetValue(_least) is not null)
            throw new UsageException("--answers and --min-answer-count exclude each other.");
        if (parsed.GetValue(_least) < 1) throw new UsageException($"--min-answer-count {parsed.GetValue(_least)}: at least 1 is needed.");
    }

    /// <summary>The trainer's options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="head">The classifier.</param>
    /// <param name="answers">What <see cref="Choose"/> gave.</param>
    public VisualQuestionAnsweringOptions ToTrainer(ParseResult parsed, AnswerHead head, IReadOnlyList<string> answers) => new()
    {
        Head = head,
        Answers = answers,
        InitialAnswers = CheckpointAnswers(parsed),
        BestAnswerOnly = parsed.GetValue(_best),
    };

    /// <summary>The answers of the model that is made of a checkpoint.</summary>
    public IReadOnlyList<string> Load(ParseResult parsed) => AnswerList.Load(parsed.GetRequiredValue(_classes));

    /// <summary>Those that the checkpoint's classifier tells apart; null where they are the same.</summary>
    public IReadOnlyList<string>? CheckpointAnswers(ParseResult parsed) =>
        parsed.GetValue(_checkpointAnswers) is { } file ? AnswerList.Load(file) : null;

    /// <summary>The answers to learn.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="known">Those that the data set tells; may be none.</param>
    /// <param name="rows">How many rows are trained on.</param>
    /// <param name="build">Finds those of at least so many rows.</param>
    /// <exception cref="InvalidDataException">There are none.</exception>
    public IReadOnlyList<string> Choose(ParseResult parsed, IReadOnlyList<string> known, int rows, Func<int, IReadOnlyList<string>> build)
    {
        if (parsed.GetValue(_answers) is { } file) return AnswerList.Load(file);
        if (known.Count > 0) return known;
        var least = parsed.GetValue(_least) ?? (rows >= LargeDataset ? VqaSoftTargets.DefaultMinOccurrences : 1);
        var answers = build(least);
        return answers.Count > 0
            ? answers
            : throw new InvalidDataException($"No answer is that of {least} questions; see --min-answer-count.");
    }
}
