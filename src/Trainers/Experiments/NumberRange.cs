using System.Globalization;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>A range of numbers as places from 0 to 1, evenly or by logarithm.</summary>
internal sealed class NumberRange
{
    private readonly double _min;
    private readonly double _max;
    private readonly bool _isLog;

    public NumberRange(double min, double max, bool isLog, double? inside)
    {
        if (!(min < max) || !double.IsFinite(min) || !double.IsFinite(max))
            throw Fail($"a range needs a least number below the largest; found {Text(min)} and {Text(max)}");
        if (isLog && min <= 0) throw Fail($"a range by logarithm begins above 0; found {Text(min)}");
        if (inside is { } value && !(value >= min && value <= max)) throw Fail($"the default {Text(value)} is not between {Text(min)} and {Text(max)}");
        (_min, _max, _isLog) = (min, max, isLog);
    }

    public double At(double place) => Math.Clamp(
        _isLog ? Math.Exp(Math.Log(_min) + (place * (Math.Log(_max) - Math.Log(_min)))) : _min + (place * (_max - _min)), _min, _max);

    public double PlaceOf(double value) =>
        _isLog ? (Math.Log(value) - Math.Log(_min)) / (Math.Log(_max) - Math.Log(_min)) : (value - _min) / (_max - _min);

    public bool Has(double value) => value >= _min && value <= _max;

    public override string ToString() => $"{Text(_min)} to {Text(_max)}{(_isLog ? " by logarithm" : "")}";

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static ArgumentException Fail(string problem) => new($"Search option: {problem}.");
}
