using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Joint;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>A task as the verbs and <see cref="Inspection.ModelReport"/> see it.</summary>
internal abstract class ToolTask
{
    /// <summary>What the command line calls it.</summary>
    public abstract string Name { get; }

    /// <summary>What models of it do; completes "Train a model that ...".</summary>
    public abstract string Purpose { get; }

    /// <summary>The texts of a row, which are tokenized.</summary>
    public abstract IReadOnlyList<TextSource> Texts { get; }

    /// <summary>The images of a row.</summary>
    public virtual IReadOnlyList<ImageSource> Images { get; } = [new()];

    /// <summary>Whether a model can do it.</summary>
    public virtual bool Suits(VisionLanguageModel model) => true;

    /// <summary>Whether texts are what its models write, which are read in training alone.</summary>
    public virtual bool WritesTexts => false;

    /// <summary>Whether what a model says of a row does not depend on the other rows, so that others may be scored elsewhere.</summary>
    public virtual bool RowsStandAlone => true;

    /// <summary>Both, as models of it read them where nothing else is said.</summary>
    public RowSources Sources => new(Texts, Images);

    /// <summary>The number that train and convert tell a model with task_specific_tokens.</summary>
    public Option<int?> TaskNumber { get; } = Options.Optional<int?>(
        "--task-number", "The number that a ViLBERT with task_specific_tokens is told; without, the task's in vilbert_tasks.yml.", "N");

    /// <summary>The task's number in vilbert_tasks.yml, where it is not that of its classifier.</summary>
    public virtual int? UsualTaskNumber => null;

    /// <summary>Whether a converted model computes in int8.</summary>
    public Option<bool> Int8 { get; } = Options.Int8();

    /// <summary>The number to tell; null for that of the classifier.</summary>
    public int? TaskNumberOf(ParseResult parsed) => parsed.GetValue(TaskNumber) ?? UsualTaskNumber;

    /// <summary>Whether a part of a saved pipeline is this task's model.</summary>
    public abstract bool Owns(ITransformer part);

    /// <summary>What to tell of a part that <see cref="Owns"/> knows.</summary>
    public abstract ModelFacts Describe(ITransformer part);

    /// <summary>The names under which a tasks file declares it; none when it trains alone.</summary>
    public virtual IReadOnlyList<Declaration> Declarations => [];

    /// <summary>The files of a part of its data set, for a tasks file.</summary>
    public virtual IReadOnlyList<DeclaredFile> Files => [];

    /// <summary>The option that names a part of a data set whose files hold all of it; null when each part has files of its own.</summary>
    public virtual string? SplitOption => null;

    /// <summary>The task as one of several that train together.</summary>
    public abstract JoinedTask Join(DeclaredTask declared, Terminal terminal);

    public abstract Command Train(string name, Terminal terminal, Option<bool> verbose);

    public abstract Command Score(string name, Terminal terminal);

    public abstract Command Evaluate(string name, Terminal terminal);

    public abstract Command Convert(string name, Terminal terminal);
}

/// <summary>What is told of a model.</summary>
/// <param name="Model">The architecture.</param>
/// <param name="BatchSize">Rows scored together.</param>
/// <param name="ListName">What the model chooses from, such as answers; null when it does not.</param>
/// <param name="List">All it chooses from.</param>
internal sealed record ModelFacts(VisionLanguageModel Model, int BatchSize, string? ListName, IReadOnlyList<string> List);

/// <summary>The tasks the tool knows, one line each.</summary>
internal static class ToolTasks
{
    public static IReadOnlyList<ToolTask> All { get; } =
    [
        new QuestionAnswering(),
        new Entailment(),
        new PairReasoning(),
        new DrawingReasoning(),
        new AnswerChoosing(),
        new RationaleChoosing(),
        new GqaAnswering(),
        new GenomeAnswering(),
        new ReferringExpressions(),
        new PhraseGrounding(),
        new Visual7W(),
        new GuessWhatQuestions(),
        new GuessWhatGames(),
        new Pretraining(),
        new Retrieval(),
        new ImageCaptioning(),
    ];

    /// <summary>The task of score and convert when none is named.</summary>
    public static ToolTask Default => All[0];

    /// <summary>The task and the part of a pipeline that is its model; null when there is none.</summary>
    public static (ToolTask Task, ITransformer Part)? Find(IEnumerable<ITransformer> parts) => parts.Reverse()
        .SelectMany(part => All.Where(task => task.Owns(part)).Select(task => ((ToolTask, ITransformer)?)(task, part))).FirstOrDefault();
}
