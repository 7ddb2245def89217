namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>
/// Finds the dictionary of the weights among what a PyTorch file holds. Trainers put it at the root, or under one of a few keys beside
/// the state of the training, or into each other.
/// </summary>
internal sealed class StateDictionary(string path, string? chosen)
{
    private const int MaxDepth = 4;
    private const int MostKeys = 10;

    private static readonly string[] UsualKeys =
    [
        "state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params",
        "ema", "model_ema", "ema_model", "state_dict_ema", "ema_state_dict", "params_ema", "net_state_dict", "model_state",
    ];

    /// <summary>Parts of the keys under which the state of the training lies, which may hold tensors too.</summary>
    private static readonly string[] TrainingKeys = ["optim", "sched", "scaler", "rng", "amp"];

    private static readonly string[] ParameterEndings = [".weight", ".bias", ".gamma", ".beta"];

    private readonly Dictionary<string, string> _others = new(StringComparer.Ordinal);

    /// <summary>What was passed on the way: name and short description.</summary>
    public Dictionary<string, string> Others => _others;

    /// <summary>Whether a name is that of a weight, whatever stands under it.</summary>
    public static bool IsParameterName(string name) => ParameterEndings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal));

    public static string NameOf(object? key) => key as string ?? PickleGlobals.Describe(key);

    public PickleDict Find(object? root)
    {
        var dict = root as PickleDict
            ?? throw new CheckpointFormatException(path, $"expected a dictionary of tensors; found {Foreign(root)}.");
        var depth = 0;
        if (chosen != null) (dict, depth) = Follow(dict);
        for (; depth < MaxDepth && Inner(dict) is { } inner; depth++)
        {
            Pass(dict, inner);
            dict = inner;
        }

        Pass(dict, null);
        return dict;
    }

    /// <summary>Goes down the keys that the caller chose.</summary>
    private (PickleDict Dict, int Depth) Follow(PickleDict dict)
    {
        var depth = 0;
        for (var rest = chosen!; rest.Length > 0; depth++)
        {
            // A key may have a slash itself.
            var key = dict.TryGet(rest, out _) ? rest : rest.Split('/')[0];
            if (!dict.TryGet(key, out var value) || value is not PickleDict inner)
            {
                throw new CheckpointFormatException(
                    path, $"there is no dictionary '{chosen}' in it; {Dictionaries(dict)}.");
            }

            Pass(dict, inner);
            dict = inner;
            rest = rest.Length > key.Length ? rest[(key.Length + 1)..] : "";
        }

        return (dict, depth);
    }

    /// <summary>
    /// The dictionary in this one that holds the weights; null when they lie here. Two that may both be meant are asked about.
    /// </summary>
    private PickleDict? Inner(PickleDict dict)
    {
        var holders = dict.Items.Where(item => item.Value is PickleDict && !ReferenceEquals(item.Value, dict))
            .Select(item => (Key: NameOf(item.Key), Value: (PickleDict)item.Value!))
            .Where(item => Holds(item.Value, MaxDepth))
            .ToList();
        var usual = holders.Where(item => UsualKeys.Contains(item.Key, StringComparer.Ordinal)).ToList();
        if (usual.Count == 0 && HoldsTensors(dict)) return null;
        var fitting = holders
            .Where(item => usual.Contains(item) || (!IsTraining(item.Key) && (usual.Count == 0 || HoldsParameters(item.Value))))
            .ToList();
        if (usual.Count == 0 && fitting.Any(item => HoldsParameters(item.Value))) fitting.RemoveAll(item => !HoldsParameters(item.Value));
        if (fitting.Count <= 1) return fitting.Select(item => item.Value).FirstOrDefault();
        var keys = string.Join(", ", fitting.Select(item => $"'{PickleMachine.Shorten(item.Key)}'"));
        throw new CheckpointFormatException(
            path, $"it holds {fitting.Count} dictionaries of weights, {keys}: say which is meant (stateDictionary, --state-dict).");
    }

    private static bool Holds(PickleDict dict, int depth) =>
        HoldsTensors(dict)
        || (depth > 0 && UsualKeys.Any(key => dict.TryGet(key, out var value) && value is PickleDict inner && Holds(inner, depth - 1)));

    private static bool HoldsTensors(PickleDict dict) =>
        dict.Items.Any(item => item.Value is TorchTensorRef or PickleOpaque { HoldsTensor: true });

    /// <summary>Whether it looks like the weights of a network, not like a few measures that happen to be tensors.</summary>
    private static bool HoldsParameters(PickleDict dict) =>
        dict.Items.Any(item => item.Value is TorchTensorRef && item.Key is string name && IsParameterName(name))
        || UsualKeys.Any(key => dict.TryGet(key, out var value) && value is PickleDict inner && HoldsTensors(inner));

    private static bool IsTraining(string key) => TrainingKeys.Any(part => key.Contains(part, StringComparison.OrdinalIgnoreCase));

    private void Pass(PickleDict dict, PickleDict? taken)
    {
        foreach (var (key, value) in dict.Items)
        {
            if (!ReferenceEquals(value, taken) && (taken != null || value is not TorchTensorRef))
                _others.TryAdd(NameOf(key), PickleGlobals.Describe(value));
        }
    }

    private static string Dictionaries(PickleDict dict)
    {
        var keys = dict.Items.Where(item => item.Value is PickleDict).Take(MostKeys)
            .Select(item => $"'{PickleMachine.Shorten(NameOf(item.Key))}'").ToList();
        return keys.Count == 0 ? "there are no dictionaries there" : $"the dictionaries there are {string.Join(", ", keys)}";
    }

    private static string Foreign(object? root) => root is PickleOpaque { Object: { } name }
        ? $"the Python object '{name}', which is not read (save its state_dict() instead)"
        : PickleGlobals.Describe(root);
}
