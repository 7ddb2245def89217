using System.Text.RegularExpressions;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>How names of a checkpoint may differ from those of a model; see <see cref="ParameterMatch"/>.</summary>
public sealed class ParameterMatchOptions
{
    /// <summary>Prefixes of the trunk that a name may have, lack or exchange; each ends with a dot.</summary>
    public IReadOnlyList<string> TrunkPrefixes { get; init; } = ["bert."];

    /// <summary>
    /// Prefixes of a checkpoint that mean others of the model, such as a head's name before fine-tuning. Tried where no name matches
    /// otherwise.
    /// </summary>
    public IReadOnlyDictionary<string, string> PrefixChanges { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Tied parameters: a name that means the same tensor as another one. The key may be absent from the checkpoint and is not
    /// unexpected where present; each can stand in for the other.
    /// </summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>Tables of the model whose first rows may come from a checkpoint that has fewer.</summary>
    internal IReadOnlyList<string> GrowingTables { get; init; } = [];

    /// <summary>
    /// Makes a tensor of another shape fit, such as a table of places for images of another size: by the model's name and shape; null where
    /// it cannot.
    /// </summary>
    internal Func<string, CheckpointTensor, IReadOnlyList<long>, CheckpointTensor?>? Adapt { get; init; }
}

/// <summary>A parameter whose shape in the checkpoint differs from the model's.</summary>
/// <param name="Name">The model's name of the parameter.</param>
/// <param name="Expected">The shape in the model.</param>
/// <param name="Found">The shape in the checkpoint.</param>
public sealed record ParameterMismatch(string Name, IReadOnlyList<long> Expected, IReadOnlyList<long> Found)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name} (expected {TensorElements.Describe(Expected)}, found {TensorElements.Describe(Found)})";
}

/// <summary>
/// The tensors of a checkpoint brought together with the parameters a model expects. Names match exactly, or after
/// <see cref="CheckpointNames.Normalize"/>, or with a trunk prefix more, less or exchanged; an exact match comes first.
/// </summary>
public sealed partial class ParameterMatch
{
    private const int Shown = 5;

    private readonly Dictionary<string, CheckpointTensor> _found;

    private ParameterMatch(
        Dictionary<string, CheckpointTensor> found, List<string> missing, List<string> unexpected, List<ParameterMismatch> mismatched)
    {
        _found = found;
        Missing = missing.AsReadOnly();
        Unexpected = unexpected.AsReadOnly();
        Mismatched = mismatched.AsReadOnly();
    }

    /// <summary>Expected parameters that the checkpoint lacks, by the model's names.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Tensors that no expected parameter takes, by the checkpoint's names.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>Parameters found with another shape; they are not in <see cref="Missing"/>.</summary>
    public IReadOnlyList<ParameterMismatch> Mismatched { get; }

    /// <summary>
    /// Those of <see cref="Mismatched"/> that may have fewer rows than the model and do, by the model's names.
    /// </summary>
    internal IReadOnlyDictionary<string, CheckpointTensor> Shorter { get; private init; } = new Dictionary<string, CheckpointTensor>();

    /// <summary>The parameters that were found with the right shape, by the model's names.</summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Found => _found;

    /// <summary>What engines take their weights from; the checkpoint must stay open.</summary>
    internal IParameterSource Source => new FoundParameters(_found);

    /// <summary>Matches a checkpoint with the parameters of a model.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="expected">Name and shape of every parameter of the model.</param>
    /// <param name="options">Which differences of names are allowed besides the usual ones.</param>
    /// <returns>What was found and what was not.</returns>
    /// <exception cref="ArgumentException">A name is expected twice with different shapes.</exception>
    public static ParameterMatch Match(Checkpoint checkpoint, IEnumerable<ParameterSpec> expected, ParameterMatchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(expected);
        options ??= new ParameterMatchOptions();
        var specs = new Dictionary<string, ParameterSpec>(StringComparer.Ordinal);
        foreach (var spec in expected)
        {
            if (!specs.TryAdd(spec.Name, spec) && !TensorElements.SameShape(specs[spec.Name].Shape, spec.Shape))
                throw new ArgumentException($"The parameter '{spec.Name}' is expected twice with different shapes.", nameof(expected));
        }

        var (taken, unexpected) = Assign(checkpoint, specs, options);
        Share(taken, options.Aliases);
        var found = new Dictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        var missing = new List<string>();
        var mismatched = new List<ParameterMismatch>();
        foreach (var spec in specs.Values)
        {
            if (!taken.TryGetValue(spec.Name, out var tensor))
                missing.Add(spec.Name);
            else if (TensorElements.SameShape(tensor.Shape, spec.Shape))
                found.Add(spec.Name, tensor);
            else if (options.Adapt?.Invoke(spec.Name, tensor, spec.Shape) is { } adapted)
                found.Add(spec.Name, adapted);
            else
                mismatched.Add(new ParameterMismatch(spec.Name, spec.Shape, tensor.Shape));
        }

        return new ParameterMatch(found, missing, unexpected, mismatched)
        {
            Shorter = mismatched.Where(mismatch => IsShorter(mismatch, options))
                .ToDictionary(mismatch => mismatch.Name, mismatch => taken[mismatch.Name]),
        };
    }

    /// <summary>What a checkpoint has for parameters whose names there, and right shapes, are known.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="expected">Name and shape of every parameter of the model.</param>
    /// <param name="names">The checkpoint's name of each parameter that it has.</param>
    internal static ParameterMatch Named(Checkpoint checkpoint, IEnumerable<ParameterSpec> expected, IReadOnlyDictionary<string, string> names) => new(
        names.ToDictionary(pair => pair.Key, pair => checkpoint[pair.Value]),
        [.. expected.Select(spec => spec.Name).Where(name => !names.ContainsKey(name))],
        [.. checkpoint.Names.Except(names.Values)],
        []);

    /// <summary>Refuses a checkpoint that lacks parameters of the model or has them in other shapes.</summary>
    /// <param name="modelName">The model, for the message.</param>
    /// <param name="path">The checkpoint file, for the message.</param>
    /// <param name="mayBeMissing">Names that may be absent (a head to be trained anew, say); none by default.</param>
    /// <param name="madeBy">The model that made the checkpoint, as far as that is known, for the message.</param>
    /// <exception cref="CheckpointMismatchException">A parameter is missing or has another shape.</exception>
    public void ThrowIfIncompatible(string modelName, string path, Func<string, bool>? mayBeMissing = null, string? madeBy = null)
    {
        var missing = Missing.Where(n => mayBeMissing == null || !mayBeMissing(n)).ToList();
        if (missing.Count == 0 && Mismatched.Count == 0) return;
        var problems = new List<string>();
        if (missing.Count > 0)
            problems.Add($"{missing.Count} of {_found.Count + Missing.Count + Mismatched.Count} parameters are missing: {First(missing)}");
        if (Mismatched.Count > 0) problems.Add($"{Mismatched.Count} have another shape: {First(Mismatched)}");
        if (Unexpected.Count > 0) problems.Add($"{Unexpected.Count} are unexpected: {First(Unexpected)}");
        var looks = madeBy == null ? "" : $" By its names this looks like a checkpoint of {madeBy}.";
        if (ShardName().IsMatch(path)) looks += " By its own name it is one of several files: open their index (.index.json).";
        throw new CheckpointMismatchException($"Checkpoint '{path}' does not fit {modelName}: {string.Join("; ", problems)}.{looks}")
        {
            Match = this,
        };
    }

    /// <summary>Gives each expected name the tensor that suits it best; what is left over is unexpected.</summary>
    private static (Dictionary<string, CheckpointTensor> Taken, List<string> Unexpected) Assign(
        Checkpoint checkpoint, Dictionary<string, ParameterSpec> specs, ParameterMatchOptions options)
    {
        bool Known(string name) => specs.ContainsKey(name) || options.Aliases.ContainsKey(name);

        var taken = new Dictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        var others = new List<string>();
        foreach (var name in checkpoint.Names)
        {
            if (Known(name))
                taken.Add(name, checkpoint[name]);
            else
                others.Add(name);
        }

        var unexpected = new List<string>();
        foreach (var name in others)
        {
            var candidate = CheckpointNames.Candidates(CheckpointNames.Normalize(name), options)
                .FirstOrDefault(c => Known(c) && !taken.ContainsKey(c));
            if (candidate != null)
                taken.Add(candidate, checkpoint[name]);
            else
                unexpected.Add(name);
        }

        return (taken, unexpected);
    }

    private static bool IsShorter(ParameterMismatch mismatch, ParameterMatchOptions options) =>
        options.GrowingTables.Contains(mismatch.Name) && mismatch.Found.Count > 0 && mismatch.Found[0] < mismatch.Expected[0]
        && mismatch.Found.Skip(1).SequenceEqual(mismatch.Expected.Skip(1));

    private static void Share(Dictionary<string, CheckpointTensor> taken, IReadOnlyDictionary<string, string> aliases)
    {
        foreach (var (alias, name) in aliases)
        {
            if (taken.TryGetValue(name, out var tensor))
                taken.TryAdd(alias, tensor);
            else if (taken.TryGetValue(alias, out tensor))
                taken.Add(name, tensor);
        }
    }

    [GeneratedRegex(@"-\d{3,6}-of-\d{3,6}\.", RegexOptions.CultureInvariant)]
    private static partial Regex ShardName();

    private static string First<T>(IReadOnlyList<T> items) =>
        string.Join(", ", items.Take(Shown)) + (items.Count > Shown ? ", ..." : "");

    private sealed class FoundParameters(Dictionary<string, CheckpointTensor> found) : IParameterSource
    {
        public bool Contains(string name) => found.ContainsKey(name);

        public IReadOnlyList<long> ShapeOf(string name) => Find(name).Shape;

        // A half-precision checkpoint makes a model file of half the size, with the same scores.
        public TensorElementType TypeOf(string name) =>
            Find(name).ElementType == TensorElementType.Float16 ? TensorElementType.Float16 : TensorElementType.Float32;

        public float[] Read(string name)
        {
            var tensor = Find(name);
            var values = tensor.ToSingles();
            return Array.FindIndex(values, value => !float.IsFinite(value)) is >= 0 and var place
                ? throw new InvalidDataException(
                    $"Parameter '{name}' (tensor '{tensor.Name}' of the checkpoint): value {place} of {values.Length} is {values[place]}; "
                    + "finite numbers are expected.")
                : values;
        }

        private CheckpointTensor Find(string name) =>
            found.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"There is no parameter '{name}'.");
    }
}
