using System.Globalization;
using MLNet.VisionLanguage.Experiments;

namespace MLNet.VisionLanguage;

/// <summary>
/// The values that a parameter of a <see cref="SearchSpace"/> may take: <see cref="UniformDoubleOption"/>, <see cref="UniformIntOption"/> or
/// <see cref="ChoiceOption"/>. Tuners see every option as numbers from 0 to 1.
/// </summary>
public abstract class ParameterOption
{
    private protected ParameterOption()
    {
    }

    /// <summary>The value of the first trial, and of a trial that is told nothing else.</summary>
    public abstract object DefaultValue { get; }

    /// <summary>How many values there are to choose from, without an order among them; null for numbers.</summary>
    internal virtual int? Choices => null;

    /// <summary>The value at a place between 0 and 1.</summary>
    internal abstract object At(double place);

    /// <summary>The place of a value: of a choice the middle of its share.</summary>
    internal abstract double PlaceOf(object value);

    /// <summary>Values spread evenly, each once.</summary>
    /// <param name="steps">How many of a range.</param>
    internal virtual IReadOnlyList<object> Grid(int steps) =>
        [.. Enumerable.Range(0, steps).Select(i => At(steps == 1 ? 0.5 : (double)i / (steps - 1))).Distinct()];

    /// <summary>Whether a value is one of the option's.</summary>
    internal abstract bool Has(object value);
}

/// <summary>Numbers between two bounds.</summary>
public sealed class UniformDoubleOption : ParameterOption
{
    private readonly NumberRange _range;

    /// <summary>Numbers between two bounds.</summary>
    /// <param name="min">The least.</param>
    /// <param name="max">The largest.</param>
    /// <param name="logBase">Whether their logarithms are spread evenly, as suits rates.</param>
    /// <param name="defaultValue">The value of the first trial; null takes the middle.</param>
    /// <exception cref="ArgumentException">The bounds are no range, or the default is outside.</exception>
    public UniformDoubleOption(double min, double max, bool logBase = false, double? defaultValue = null)
    {
        _range = new(min, max, logBase, defaultValue);
        DefaultValue = defaultValue ?? At(0.5);
    }

    /// <inheritdoc/>
    public override object DefaultValue { get; }

    /// <inheritdoc/>
    public override string ToString() => $"uniform double {_range}";

    internal override object At(double place) => _range.At(place);

    internal override double PlaceOf(object value) => _range.PlaceOf(Convert.ToDouble(value, CultureInfo.InvariantCulture));

    internal override bool Has(object value) => value is double or int && _range.Has(Convert.ToDouble(value, CultureInfo.InvariantCulture));
}

/// <summary>Whole numbers between two bounds, both included.</summary>
public sealed class UniformIntOption : ParameterOption
{
    private readonly int _min;
    private readonly int _max;

    /// <summary>Each whole number has a share of its own, half a unit to either side.</summary>
    private readonly NumberRange _range;
    private readonly string _text;

    /// <summary>Whole numbers between two bounds.</summary>
    /// <param name="min">The least.</param>
    /// <param name="max">The largest.</param>
    /// <param name="logBase">Whether their logarithms are spread evenly, as suits sizes.</param>
    /// <param name="defaultValue">The value of the first trial; null takes the middle.</param>
    /// <exception cref="ArgumentException">The bounds are no range, or the default is outside.</exception>
    public UniformIntOption(int min, int max, bool logBase = false, int? defaultValue = null)
    {
        _text = new NumberRange(min, max, logBase, defaultValue).ToString();
        (_min, _max) = (min, max);
        _range = new(min - 0.5, max + 0.5, logBase, null);
        DefaultValue = defaultValue ?? At(0.5);
    }

    /// <inheritdoc/>
    public override object DefaultValue { get; }

    /// <inheritdoc/>
    public override string ToString() => $"uniform int {_text}";

    internal override object At(double place) => (int)Math.Clamp(Math.Round(_range.At(place)), _min, _max);

    internal override double PlaceOf(object value) => _range.PlaceOf(Convert.ToInt32(value, CultureInfo.InvariantCulture));

    internal override bool Has(object value) => value is int number && number >= _min && number <= _max;
}

/// <summary>One of several values.</summary>
public sealed class ChoiceOption : ParameterOption
{
    private readonly object[] _choices;

    /// <summary>One of several values; the first is the default.</summary>
    /// <param name="choices">Texts, whole numbers, numbers or truths, each once.</param>
    /// <exception cref="ArgumentException">There is none, one is of another type, or one stands twice.</exception>
    public ChoiceOption(params object[] choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        if (choices.Length == 0) throw new ArgumentException("A choice needs a value to choose.", nameof(choices));
        foreach (var choice in choices)
        {
            if (choice is not (string or int or double or bool))
                throw new ArgumentException($"A choice is a text, a number or a truth; found {choice?.GetType().Name ?? "null"}.", nameof(choices));
        }

        if (choices.GroupBy(choice => choice).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"The choice '{twice.Key}' stands twice.", nameof(choices));
        _choices = [.. choices];
    }

    /// <summary>The values.</summary>
    public IReadOnlyList<object> Values => _choices;

    /// <inheritdoc/>
    public override object DefaultValue => _choices[0];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"choice of {string.Join(", ", _choices)}");

    internal override int? Choices => _choices.Length;

    internal override object At(double place) => _choices[Math.Clamp((int)(place * _choices.Length), 0, _choices.Length - 1)];

    internal override double PlaceOf(object value) => (Array.IndexOf(_choices, value) + 0.5) / _choices.Length;

    internal override IReadOnlyList<object> Grid(int steps) => _choices;

    internal override bool Has(object value) => _choices.Contains(value);
}
