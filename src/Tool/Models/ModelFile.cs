using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>A saved model that answers questions, whatever region source it was trained with.</summary>
internal sealed class AnswerModelFile : IDisposable
{
    private const string ScoreColumn = "Score";

    private readonly MLContext _context;
    private readonly ITransformer _model;
    private readonly string _path;

    private AnswerModelFile(MLContext context, ITransformer model, DataViewSchema? inputSchema, string path)
    {
        _context = context;
        _model = model;
        _path = path;
        InputSchema = inputSchema;
    }

    /// <summary>The columns the model was saved for; null when it does not tell.</summary>
    public DataViewSchema? InputSchema { get; }

    /// <summary>Whether the model opens image files itself; otherwise it is given regions.</summary>
    public bool ReadsImages => InputSchema?.GetColumnOrNull(nameof(VqaExample.ImagePath)) is not null;

    /// <summary>The parts of the pipeline in order.</summary>
    public IEnumerable<ITransformer> Parts => _model is IEnumerable<ITransformer> chain ? chain : [_model];

    /// <summary>Opens a model file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or holds no model that answers questions.</exception>
    public static AnswerModelFile Load(string path)
    {
        var file = LoadAny(path);
        if (file.Parts.OfType<VisualQuestionAnsweringTransformer>().Any())
            return file;
        file.Dispose();
        var parts = string.Join(", ", file.Parts.Select(part => part.GetType().Name));
        throw new InvalidDataException($"{path}: the model answers no questions; its parts are {parts}.");
    }

    /// <summary>Opens a model file, whatever model it holds.</summary>
    public static AnswerModelFile LoadAny(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"The model file '{path}' does not exist.", path);
        var context = new MLContext();
        var model = context.VisionLanguage().Load(path, out var schema);
        return new AnswerModelFile(context, model, schema, path);
    }

    /// <summary>Answers questions in their order.</summary>
    /// <param name="examples">The questions.</param>
    /// <param name="featureFiles">Where a model that is given regions finds them.</param>
    /// <param name="top">How many answers of each question to give.</param>
    /// <exception cref="UsageException">The model's region source and the options do not agree.</exception>
    public IEnumerable<AnsweredQuestion> Answer(IReadOnlyList<VqaExample> examples, IReadOnlyList<string> featureFiles, int top)
    {
        if (ReadsImages && featureFiles.Count > 0)
            throw new UsageException($"--features: the model '{_path}' looks at images itself.");
        if (!ReadsImages && featureFiles.Count == 0)
            throw new UsageException($"--features is needed: the model '{_path}' is given regions and opens no images.");
        IDataView rows = _context.Data.LoadFromEnumerable(examples);
        if (!ReadsImages)
            rows = _context.Transforms.LoadRegionFeatures(featureFiles).Fit(rows).Transform(rows);
        return Read(examples, _model.Transform(rows), top);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in Parts)
            (part as IDisposable)?.Dispose();
    }

    private static IEnumerable<AnsweredQuestion> Read(IReadOnlyList<VqaExample> examples, IDataView scored, int top)
    {
        var idColumn = scored.Schema[nameof(VqaExample.QuestionId)];
        var scoreColumn = scored.Schema[ScoreColumn];
        VBuffer<ReadOnlyMemory<char>> names = default;
        scoreColumn.GetSlotNames(ref names);
        var answers = names.DenseValues().Select(name => name.ToString()).ToArray();

        using var cursor = UnreadableImage.Name(examples, () => scored.GetRowCursor([idColumn, scoreColumn]));
        var id = cursor.GetGetter<long>(idColumn);
        var score = cursor.GetGetter<VBuffer<float>>(scoreColumn);
        long questionId = 0;
        VBuffer<float> scores = default;
        while (UnreadableImage.Name(examples, Next))
            yield return new AnsweredQuestion(questionId, Best(answers, scores, top));

        bool Next()
        {
            if (!cursor.MoveNext())
                return false;
            id(ref questionId);
            score(ref scores);
            return true;
        }
    }

    private static ScoredAnswer[] Best(string[] answers, VBuffer<float> scores, int top)
    {
        var values = scores.DenseValues().ToArray();
        var order = Enumerable.Range(0, values.Length).ToArray();
        Array.Sort(order, (a, b) => values[b] != values[a] ? values[b].CompareTo(values[a]) : a.CompareTo(b));
        return [.. order.Take(top).Select(i => new ScoredAnswer(answers[i], values[i]))];
    }
}
