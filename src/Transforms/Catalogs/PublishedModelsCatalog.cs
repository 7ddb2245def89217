using MLNet.VisionLanguage.Hub;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
    /// <summary>Published models: what there is, and how it gets here.</summary>
    public PublishedModelsCatalog Models => new(this);
}

/// <summary>
/// Published models: <see cref="VisionLanguageCatalog.Models"/>. Their files are kept in the cache of the Hugging Face hub's own library, see
/// <see cref="HubOptions"/>; nothing is fetched unless it is asked for.
/// </summary>
public sealed class PublishedModelsCatalog
{
    private readonly VisionLanguageCatalog _catalog;
    private readonly HubOptions _options;
    private readonly ModelStore _store;
    private readonly Lazy<IReadOnlyList<PublishedModel>> _models;

    internal PublishedModelsCatalog(VisionLanguageCatalog catalog, HubOptions? options = null)
    {
        (_catalog, _options) = (catalog, options ?? new());
        _options.Validate();
        _store = new(_options);
        _models = new(() => PublishedModels.With(_options.OwnEntries));
    }

    /// <summary>The same with other options than the environment's.</summary>
    /// <param name="options">Where models come from and are kept.</param>
    /// <exception cref="ArgumentException">An option has an impossible value.</exception>
    public PublishedModelsCatalog With(HubOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(_catalog, options);
    }

    /// <summary>All there are: the catalog's own, and those of <see cref="HubOptions.OwnEntries"/>.</summary>
    /// <exception cref="InvalidDataException">A file of own entries is not in the form.</exception>
    public IReadOnlyList<PublishedModel> List() => _models.Value;

    /// <summary>A model by its name.</summary>
    /// <param name="name">Such as "lxmert-vqa"; upper case or lower.</param>
    /// <exception cref="ArgumentException">There is no such model; the message names those there are.</exception>
    public PublishedModel Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return List().FirstOrDefault(model => model.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"There is no published model '{name}'; there are {string.Join(", ", List().Select(model => model.Name))}.", nameof(name));
    }

    /// <summary>Whether all of a model's files are here.</summary>
    /// <param name="name">The model.</param>
    public bool IsHere(string name)
    {
        var model = Find(name);
        return model.Files.All(file => _store.Find(model, file) is not null);
    }

    /// <summary>The bytes that are still to be fetched, as far as sizes are known; null where one is not.</summary>
    /// <param name="name">The model.</param>
    public long? BytesToFetch(string name)
    {
        var model = Find(name);
        return model.Files.Where(file => _store.Find(model, file) is null).Aggregate((long?)0, (sum, file) => sum + file.Size);
    }

    /// <summary>Brings all files of a model that are not here. What an interrupted call has fetched stays, and the next goes on from it.</summary>
    /// <param name="name">The model.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The files by their roles.</returns>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    /// <exception cref="HubException">A file cannot be fetched, or has been changed; the message says what to do.</exception>
    public async Task<IReadOnlyDictionary<string, string>> PullAsync(
        string name, IProgress<PullProgress>? progress = null, CancellationToken cancellation = default)
    {
        var model = Find(name);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in model.Files) files[file.Role] = await _store.BringAsync(model, file, progress, cancellation).ConfigureAwait(false);
        return files;
    }

    /// <summary>The files of a model that are here, by their roles.</summary>
    /// <param name="name">The model.</param>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public IReadOnlyDictionary<string, string> Paths(string name)
    {
        var model = Find(name);
        return model.Files.Select(file => (file.Role, Path: _store.Find(model, file))).Where(file => file.Path is not null)
            .ToDictionary(file => file.Role, file => file.Path!, StringComparer.Ordinal);
    }

    /// <summary>Computes the hashes of a model's files anew.</summary>
    /// <param name="name">The model.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What is wrong, a line a file; empty where all is as the catalog and the first fetch have it.</returns>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public async Task<IReadOnlyList<string>> VerifyAsync(string name, CancellationToken cancellation = default)
    {
        var model = Find(name);
        var problems = new List<string>();
        foreach (var file in model.Files)
            if (await _store.ProblemOfAsync(model, file, cancellation).ConfigureAwait(false) is { } problem) problems.Add($"{file.Path}: {problem}");
        return problems;
    }

    /// <summary>Removes a model's files, but for repositories that other models of the catalog use as well.</summary>
    /// <param name="name">The model.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The bytes that are free again.</returns>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public Task<long> RemoveAsync(string name, CancellationToken cancellation = default) => _store.RemoveAsync(Find(name), List(), cancellation);
}
