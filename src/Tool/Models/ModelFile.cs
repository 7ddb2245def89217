using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>A saved model, whatever its task and region source.</summary>
internal sealed class ModelFile : IDisposable
{
    private readonly MLContext _context;
    private readonly ITransformer _model;
    private readonly string _path;

    private ModelFile(MLContext context, ITransformer model, DataViewSchema? inputSchema, string path)
    {
        _context = context;
        _model = model;
        _path = path;
        InputSchema = inputSchema;
    }

    /// <summary>The columns the model was saved for; null when it does not tell.</summary>
    public DataViewSchema? InputSchema { get; }

    /// <summary>Whether it opens image files; else it is given regions, or has them from files.</summary>
    public bool OpensImages => RegionSource.OpensImages(Parts);

    /// <summary>The parts of the pipeline in order, those of chains inside it included.</summary>
    public IEnumerable<ITransformer> Parts => Flat(_model);

    /// <summary>Opens a model file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or holds no model of the task.</exception>
    /// <param name="path">The file.</param>
    /// <param name="task">What the model is to be for.</param>
    /// <param name="terminal">Takes what the model warns of.</param>
    public static ModelFile Load(string path, ToolTask task, Terminal terminal)
    {
        var file = Load(path);
        Warnings.Tell(file._context, terminal);
        if (file.Parts.Any(task.Owns)) return file;
        using (file)
        {
            var parts = string.Join(", ", file.Parts.Select(part => part.GetType().Name));
            var other = ToolTasks.Find(file.Parts) is { } found ? $" It is a model of '{found.Task.Name}'." : "";
            throw new InvalidDataException($"{path}: the model is none of '{task.Name}'; its parts are {parts}.{other}");
        }
    }

    /// <summary>Opens a model file, whatever model it holds.</summary>
    public static ModelFile Load(string path)
    {
        if (Directory.Exists(path)) throw new FileNotFoundException($"--model: '{path}' is a folder; a model file is expected.", path);
        if (!File.Exists(path)) throw new FileNotFoundException($"The model file '{path}' does not exist.", path);
        var context = new MLContext();
        var model = context.VisionLanguage().Load(path, out var schema);
        return new ModelFile(context, model, schema, path);
    }

    /// <summary>Predicts row by row, in their order.</summary>
    /// <param name="task">What the model does.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="featureFiles">Where a model that is given regions finds them.</param>
    /// <param name="top">How many of the most probable to tell.</param>
    /// <exception cref="UsageException">The model's region source and the options do not agree.</exception>
    public IEnumerable<TPrediction> Predict<TData, TRow, TPrediction>(
        ToolTask<TData, TRow, TPrediction> task, IReadOnlyList<TRow> rows, IReadOnlyList<string> featureFiles, int top)
        where TRow : class, new()
    {
        return Named(task, rows, Read(task, rows, Score(task, rows, featureFiles), top), row => Predict(task, [row], featureFiles, top));
    }

    /// <summary>The rows with what the model makes of them.</summary>
    /// <param name="task">What the model does.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="featureFiles">Where a model that is given regions finds them.</param>
    /// <exception cref="UsageException">The model's region source and the options do not agree.</exception>
    public IDataView Score<TData, TRow, TPrediction>(
        ToolTask<TData, TRow, TPrediction> task, IReadOnlyList<TRow> rows, IReadOnlyList<string> featureFiles)
        where TRow : class, new()
    {
        var sources = task.SourcesOf(rows, trainer: null);
        var regions = new RegionSource([.. Parts], sources.Images, _path);
        regions.Check(featureFiles, rows.Select(task.Facts));
        return regions.Transform(_context, Renamed(sources, _context.Data.LoadFromEnumerable(rows)), featureFiles, FeatureSize(task));
    }

    /// <summary>Scores every text with every image; for each text, the score of every image.</summary>
    /// <param name="task">What the model does.</param>
    /// <param name="texts">The rows of the texts.</param>
    /// <param name="images">The rows of the images.</param>
    /// <param name="featureFiles">Where a model that is given regions finds them.</param>
    /// <param name="facts">What the verbs need to know of a row.</param>
    /// <param name="meter">Shows how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UsageException">The model's region source and the options do not agree.</exception>
    public IReadOnlyList<float[]> ScoreAllPairs<TRow>(
        ToolTask task, IReadOnlyList<TRow> texts, IReadOnlyList<TRow> images, IReadOnlyList<string> featureFiles, Func<TRow, RowFacts> facts,
        IMeter? meter, CancellationToken cancellation)
        where TRow : class, new() =>
        ScorePairs(task, texts, images, null, featureFiles, facts, meter, cancellation);

    /// <summary>Scores some images of each text; for each text, the scores of its images.</summary>
    /// <param name="task">What the model does.</param>
    /// <param name="texts">The rows of the texts.</param>
    /// <param name="images">The rows of the images.</param>
    /// <param name="candidates">For each text the places of its images; null for all.</param>
    /// <param name="featureFiles">Where a model that is given regions finds them.</param>
    /// <param name="facts">What the verbs need to know of a row.</param>
    /// <param name="meter">Shows how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UsageException">The model's region source and the options do not agree.</exception>
    public IReadOnlyList<float[]> ScorePairs<TRow>(
        ToolTask task, IReadOnlyList<TRow> texts, IReadOnlyList<TRow> images, IReadOnlyList<IReadOnlyList<int>>? candidates,
        IReadOnlyList<string> featureFiles, Func<TRow, RowFacts> facts, IMeter? meter, CancellationToken cancellation)
        where TRow : class, new()
    {
        var regions = new RegionSource([.. Parts], task.Images, _path);
        regions.Check(featureFiles, images.Select(facts));
        var pairs = Parts.OfType<ImageTextPairTransformer>().Last();
        var count = candidates?.Sum(own => (long)own.Count) ?? (long)texts.Count * images.Count;
        var progress = meter is null ? null : Display.Progress(meter, count, "pairs scored");
        return UnreadableImage.Name(images.Select(facts), () => candidates is null
            ? pairs.ScoreAllPairs(Before(texts), Before(images), 0, progress, cancellation)
            : pairs.ScorePairs(Before(texts), Before(images), candidates, 0, progress, cancellation));

        IDataView Before(IReadOnlyList<TRow> rows) => regions.Transform(
            _context, Renamed(task.Sources, _context.Data.LoadFromEnumerable(rows)), featureFiles, pairs.Model.RegionFeatureSize, pairs);
    }

    /// <summary>Refuses rows whose text is longer than the model takes.</summary>
    /// <exception cref="InvalidDataException">There is one; the message counts them and names the first.</exception>
    public void RequireWholeTexts<TData, TRow, TPrediction>(ToolTask<TData, TRow, TPrediction> task, IReadOnlyList<TRow> rows)
        where TRow : class, new()
    {
        var most = Parts.Where(task.Owns).Select(part => task.Describe(part).Model.MaxTokens).DefaultIfEmpty(int.MaxValue).Min();
        foreach (var part in Parts.OfType<TokenizeTextTransformer>())
        {
            var tokenizer = part.Vocabulary.CreateTokenizer(part.Uncased);
            LongTexts.Refuse(rows.Select(task.Facts), task.RowsName, tokenizer, Math.Min(most, part.MaxLength));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in Parts) (part as IDisposable)?.Dispose();
    }

    private static IEnumerable<ITransformer> Flat(ITransformer part) =>
        part is IEnumerable<ITransformer> chain ? chain.SelectMany(Flat) : [part];

    /// <summary>The rows' columns also under the names that a program gave them when it made the model.</summary>
    private IDataView Renamed(RowSources sources, IDataView view)
    {
        int text = 0, file = 0, regions = 0;
        foreach (var part in Parts)
        {
            switch (part)
            {
                case TokenizeTextTransformer own:
                    var source = sources.Texts[Math.Min(text++, sources.Texts.Count - 1)];
                    Copy(own.TextColumnName, source.Column);
                    if (own.PairColumnName is { } pair && source.PairColumn is { } second) Copy(pair, second);
                    break;
                case ExtractGridFeaturesTransformer { BoxesColumnName: { } boxes } when sources.Images[0].BoxesColumn is { } column: Copy(boxes, column); break;
                case LoadImageFilesTransformer own: Copy(own.PathColumnName, ImageOf(ref file).PathColumn); break;
                case LoadRegionFeaturesTransformer own: Copy(own.ImageIdColumnName, ImageOf(ref regions).IdColumn); break;
            }
        }

        return view;

        ImageSource ImageOf(ref int number) => sources.Images[Math.Min(number++, sources.Images.Count - 1)];

        void Copy(string wanted, string column)
        {
            if (view.Schema.GetColumnOrNull(wanted) is null) view = _context.Transforms.CopyColumns(wanted, column).Fit(view).Transform(view);
        }
    }

    /// <summary>The model decides how many values a region has: files that do not tell the width of their numbers are held to it.</summary>
    private int FeatureSize(ToolTask task) => task.Describe(Parts.First(task.Owns)).Model.RegionFeatureSize;

    /// <summary>
    /// Predictions, or the error of a row with the row's name: a pipeline's parts know their columns but not whose row they are in, so the
    /// rows from the last that was predicted are tried one by one.
    /// </summary>
    private static IEnumerable<TPrediction> Named<TData, TRow, TPrediction>(
        ToolTask<TData, TRow, TPrediction> task, IReadOnlyList<TRow> rows, IEnumerable<TPrediction> predictions,
        Func<TRow, IEnumerable<TPrediction>> predictOne)
        where TRow : class, new()
    {
        using var found = predictions.GetEnumerator();
        for (var done = 0; Next(done); done++) yield return found.Current;

        bool Next(int done)
        {
            try
            {
                return found.MoveNext();
            }
            catch (Exception e) when (rows.Count > 1 && e is not (OperationCanceledException or OutOfMemoryException or ObjectDisposedException))
            {
                for (var i = done; i < rows.Count; i++)
                {
                    if (ErrorOf(rows[i]) is not { } error) continue;
                    var name = task.Facts(rows[i]).Name;
                    if (Failure.Describe(e).Contains(name, StringComparison.Ordinal)) throw;
                    throw new InvalidDataException($"{name} (row {i}): {Failure.Describe(error)}", error);
                }

                throw;
            }
        }

        Exception? ErrorOf(TRow row)
        {
            try
            {
                foreach (var _ in predictOne(row)) break;
                return null;
            }
            catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
            {
                return e;
            }
        }
    }

    private static IEnumerable<TPrediction> Read<TData, TRow, TPrediction>(
        ToolTask<TData, TRow, TPrediction> task, IReadOnlyList<TRow> rows, IDataView scored, int top)
        where TRow : class, new()
    {
        var images = rows.Select(task.Facts);
        var columns = task.PredictionColumns.Select(name => scored.Schema[name]);
        using var cursor = UnreadableImage.Name(images, () => scored.GetRowCursor(columns));
        var read = task.Reader(cursor, top);

        // The prediction is read where its image may fail.
        while (UnreadableImage.Name(images, () => cursor.MoveNext() ? (true, read()) : default) is (true, var prediction))
            yield return prediction;
    }
}
