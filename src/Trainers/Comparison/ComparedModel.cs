using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <summary>One of several models that are compared.</summary>
public sealed class ComparedModel
{
    private readonly Func<MLContext, IDataView, IDataView> _score;

    /// <summary>A model that is there.</summary>
    /// <param name="name">What the leaderboard calls it.</param>
    /// <param name="model">The model; it stays the caller's.</param>
    public ComparedModel(string name, ITransformer model)
        : this(name, (_, rows) => model.Transform(rows)) => ArgumentNullException.ThrowIfNull(model);

    /// <summary>Anything that scores rows.</summary>
    /// <param name="name">What the leaderboard calls it.</param>
    /// <param name="score">
    /// Adds the columns Score (a probability an answer, with SlotNames) and PredictedLabel to rows, which have the columns of
    /// <see cref="VqaExample"/>; where it adds RegionBoxes too, the report shows them.
    /// </param>
    public ComparedModel(string name, Func<MLContext, IDataView, IDataView> score)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(score);
        (Name, _score) = (name, score);
    }

    /// <summary>What the leaderboard calls it.</summary>
    public string Name { get; }

    /// <summary>A saved model, which is opened when its turn comes and closed afterwards.</summary>
    /// <param name="path">The zip.</param>
    /// <param name="name">What the leaderboard calls it; null for the file's name without its ending.</param>
    public static ComparedModel FromFile(string path, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(name ?? Path.GetFileNameWithoutExtension(path), path);
    }

    private ComparedModel(string name, string path)
        : this(name, (_, _) => throw new InvalidOperationException()) => FilePath = path;

    private string? FilePath { get; }

    /// <summary>Scores rows and hands the view on while the model is open.</summary>
    internal T Use<T>(MLContext context, IDataView rows, Func<IDataView, T> read)
    {
        if (FilePath is null) return read(_score(context, rows));
        var model = context.VisionLanguage().Load(FilePath);
        using (model as IDisposable) return read(model.Transform(rows));
    }
}
