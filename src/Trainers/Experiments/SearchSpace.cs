using System.Collections;

namespace MLNet.VisionLanguage;

/// <summary>
/// The parameters of an experiment's trials, each with its <see cref="ParameterOption"/>. A parameter may depend on one before it: it is only there
/// when that has one of some values.
/// </summary>
public sealed class SearchSpace : IReadOnlyCollection<SearchParameter>
{
    private readonly List<SearchParameter> _parameters = [];

    /// <inheritdoc/>
    public int Count => _parameters.Count;

    /// <summary>Adds a parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="option">Its values.</param>
    /// <param name="when">When it is there; null for always.</param>
    /// <returns>The same space.</returns>
    /// <exception cref="ArgumentException">The name is empty or taken, or the condition is about no parameter before it or none of its values.</exception>
    public SearchSpace Add(string name, ParameterOption option, SearchCondition? when = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(option);
        if (Find(name) is not null) throw new ArgumentException($"The search space already has a parameter '{name}'.", nameof(name));
        if (when is not null)
        {
            var other = Find(when.Parameter)
                ?? throw new ArgumentException(
                    $"Parameter '{name}' depends on '{when.Parameter}', which the search space does not have before it.", nameof(when));
            foreach (var value in when.Values)
            {
                if (other.Option.Has(value)) continue;
                throw new ArgumentException(
                    $"Parameter '{name}' depends on '{when.Parameter}' being '{value}', which is none of its values.", nameof(when));
            }
        }

        _parameters.Add(new(name, option, when));
        return this;
    }

    /// <inheritdoc/>
    public IEnumerator<SearchParameter> GetEnumerator() => _parameters.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>One line a parameter.</summary>
    public override string ToString() => string.Join('\n', _parameters);

    /// <summary>All parameters at their defaults.</summary>
    public TrialParameters Default() => Choose(parameter => parameter.Option.DefaultValue);

    /// <summary>A trial's parameters, each drawn by chance.</summary>
    internal TrialParameters Sample(Random random)
    {
        // A number is drawn for a parameter that is not there as well, so that those after it do not depend on that.
        var places = _parameters.ToDictionary(parameter => parameter.Name, _ => random.NextDouble());
        return Choose(parameter => parameter.Option.At(places[parameter.Name]));
    }

    /// <summary>A trial's parameters, chosen one after the other; those whose condition does not hold are left out.</summary>
    internal TrialParameters Choose(Func<SearchParameter, object> choose)
    {
        var chosen = new List<KeyValuePair<string, object>>();
        foreach (var parameter in _parameters)
        {
            if (parameter.When?.Holds(chosen.Find(pair => pair.Key == parameter.When.Parameter).Value) is not false)
                chosen.Add(new(parameter.Name, choose(parameter)));
        }

        return new(chosen);
    }

    private SearchParameter? Find(string name) => _parameters.Find(parameter => parameter.Name == name);
}

/// <summary>A parameter of a search space.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Option">Its values.</param>
/// <param name="When">When it is there; null for always.</param>
public sealed record SearchParameter(string Name, ParameterOption Option, SearchCondition? When)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Option}{(When is null ? "" : $" when {When.Parameter} is {string.Join(" or ", When.Values)}")}";
}

/// <summary>That another parameter has one of some values.</summary>
/// <param name="Parameter">The other parameter.</param>
/// <param name="Values">Its values.</param>
public sealed record SearchCondition(string Parameter, params object[] Values)
{
    /// <param name="value">The other's value; null when it is not there itself.</param>
    internal bool Holds(object? value) => value is not null && Values.Contains(value);
}
