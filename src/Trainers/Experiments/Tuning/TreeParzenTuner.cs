using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Experiments;

namespace MLNet.VisionLanguage;

/// <summary>
/// Tree-structured Parzen estimators (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization"): the trials so far are parted into few
/// good ones and the others; of values drawn from the density of the good ones those are tried that are likeliest beside that of the others. The
/// first trial has the defaults, the next are drawn by chance.
/// </summary>
public sealed class TreeParzenTuner : ITuner
{
    private readonly SearchSpace _space;
    private readonly int _seed;
    private readonly int _startup;
    private readonly List<(TrialParameters Parameters, double Loss)> _seen = [];
    private readonly Dictionary<int, TrialParameters> _proposed = [];

    /// <summary>A tuner that learns from the trials.</summary>
    /// <param name="space">What there is to choose.</param>
    /// <param name="seed">Decides what is drawn.</param>
    /// <param name="startupTrials">Trials before the first that is chosen by those before it.</param>
    /// <exception cref="ArgumentException">The space is empty.</exception>
    public TreeParzenTuner(SearchSpace space, int seed = 1, int startupTrials = 8)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(startupTrials, 1);
        (_space, _seed, _startup) = (space, seed, startupTrials);
    }

    private const int Candidates = 24;

    /// <summary>Share of the trials that are good, and the most of them.</summary>
    private const double GoodShare = 0.15;

    private const int MostGood = 25;

    /// <inheritdoc/>
    public TrialParameters? Propose(int trialId)
    {
        var random = new Random(Seeds.Mix(_seed, trialId));
        var parameters = trialId == 0 ? _space.Default() : _seen.Count < _startup ? _space.Sample(random) : Choose(random);
        return _proposed[trialId] = parameters;
    }

    /// <inheritdoc/>
    public void Update(TrialResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (_proposed.Remove(result.TrialSettings.TrialId, out var parameters))
            _seen.Add((parameters, double.IsNaN(result.Loss) ? double.PositiveInfinity : result.Loss));
    }

    private TrialParameters Choose(Random random)
    {
        var ordered = _seen.OrderBy(seen => seen.Loss).Select(seen => seen.Parameters).ToList();
        var good = Math.Min(MostGood, (int)Math.Ceiling(GoodShare * ordered.Count));
        return _space.Choose(parameter =>
        {
            // Trials without the parameter say nothing of it.
            var places = ordered.Index().Select(seen => (IsGood: seen.Index < good, Value: seen.Item.Find(parameter.Name)))
                .Where(seen => seen.Value is not null).Select(seen => (seen.IsGood, Place: parameter.Option.PlaceOf(seen.Value!))).ToList();
            var density = Density(places.Where(seen => seen.IsGood));
            var other = Density(places.Where(seen => !seen.IsGood));
            var drawn = Enumerable.Range(0, Candidates).Select(_ => density.Draw(random));
            return parameter.Option.At(drawn.MaxBy(place => density.LogOf(place) - other.LogOf(place)));

            ParzenDensity Density(IEnumerable<(bool IsGood, double Place)> of) => new([.. of.Select(seen => seen.Place)], parameter.Option.Choices);
        });
    }
}
