using MLNet.VisionLanguage.Data;

namespace MLNet.VisionLanguage;

/// <summary>
/// Searches around the best so far (FLOW2 of Wu, Wang and Huang 2021, "Frugal optimization for cost-related hyperparameters", which ML.NET's AutoML
/// uses as well): the first trial has the defaults, each next one is a step from the best in a direction drawn by chance, or in the opposite one
/// where that was no better. Steps get shorter while none is better, and start anew from elsewhere when they are short. For few trials, and for
/// defaults that are not far from good.
/// </summary>
public sealed class CostFrugalTuner : ITuner
{
    private const double FirstStep = 0.1, LeastStep = 0.01, Shortening = 0.7, MostChanged = 0.5;

    private readonly SearchSpace _space;
    private readonly int _seed;
    private readonly Dictionary<int, Move> _proposed = [];
    private Dictionary<string, double> _best = [];
    private double _loss = double.PositiveInfinity;
    private double _step;
    private int _inVain;
    private double[]? _opposite;

    /// <summary>A tuner that goes step by step.</summary>
    /// <param name="space">What there is to choose.</param>
    /// <param name="seed">Decides what is drawn.</param>
    /// <exception cref="ArgumentException">The space is empty.</exception>
    public CostFrugalTuner(SearchSpace space, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(space);
        if (space.Count == 0) throw new ArgumentException("The search space has no parameters.", nameof(space));
        (_space, _seed, _step) = (space, seed, FirstStep * Math.Sqrt(space.Count));
    }

    /// <inheritdoc/>
    public TrialParameters? Propose(int trialId)
    {
        var random = new Random(Seeds.Mix(_seed, trialId));
        if (_best.Count == 0)
        {
            // The defaults themselves, which a place between 0 and 1 has but for rounding.
            Keep(trialId, new(_space.ToDictionary(one => one.Name, one => one.Option.PlaceOf(one.Option.DefaultValue)), null));
            return _space.Default();
        }

        if (_step < LeastStep)
        {
            // Elsewhere; what was best there is in the trials' list, and is no longer where steps start.
            (_loss, _step, _inVain, _opposite) = (double.PositiveInfinity, FirstStep * Math.Sqrt(_space.Count), 0, null);
            return Keep(trialId, new(_space.ToDictionary(one => one.Name, _ => random.NextDouble()), null));
        }

        var (direction, isOpposite) = (_opposite ?? Direction(random), _opposite is not null);
        _opposite = null;
        var places = _space.Zip(direction).ToDictionary(pair => pair.First.Name, pair => Place(pair.First, pair.Second, random));
        return Keep(trialId, new(places, direction, isOpposite));
    }

    /// <inheritdoc/>
    public void Update(TrialResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (!_proposed.Remove(result.TrialSettings.TrialId, out var move)) return;
        if (result.Loss < _loss || _best.Count == 0)
        {
            (_best, _inVain, _opposite) = (move.Places, 0, null);
            _loss = double.IsNaN(result.Loss) ? double.PositiveInfinity : result.Loss;
            return;
        }

        // A direction has two sides; when as many steps as there are parameters were no better, the next are shorter.
        _opposite = move.Direction is { } direction && !move.IsOpposite ? [.. direction.Select(part => -part)] : null;
        if (++_inVain % Math.Max(2, _space.Count) == 0) _step *= Shortening;
    }

    private TrialParameters Keep(int trialId, Move move)
    {
        _proposed[trialId] = move;
        return _space.Choose(parameter => parameter.Option.At(move.Places[parameter.Name]));
    }

    /// <summary>A number moves along the direction; of names and other choices there is no direction, so that another is drawn now and then.</summary>
    private double Place(SearchParameter parameter, double direction, Random random)
    {
        var here = _best[parameter.Name];
        if (parameter.Option.Choices is null) return Math.Clamp(here + (_step * direction), 0, Math.BitDecrement(1.0));
        return random.NextDouble() < Math.Min(MostChanged, _step) ? random.NextDouble() : here;
    }

    private double[] Direction(Random random)
    {
        var drawn = _space.Select(_ => Normal(random)).ToArray();
        var length = Math.Sqrt(drawn.Sum(part => part * part));
        return [.. drawn.Select(part => part / length)];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Where a trial is, of each parameter between 0 and 1, and the direction that led there; whether it is the opposite of one in vain.</summary>
    private sealed record Move(Dictionary<string, double> Places, double[]? Direction, bool IsOpposite = false);
}
