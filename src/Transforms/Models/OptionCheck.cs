namespace MLNet.VisionLanguage.Models;

/// <summary>Refuses impossible options of a configuration by the reference's names.</summary>
/// <param name="source">What to call the configuration.</param>
internal sealed class OptionCheck(string source)
{
    public void Positive(params IEnumerable<(string Option, int Value)> options)
    {
        foreach (var (option, value) in options)
            if (value <= 0) Fail(option, $"{value} is not positive");
    }

    public void NotNegative(params IEnumerable<(string Option, int Value)> options)
    {
        foreach (var (option, value) in options)
            if (value < 0) Fail(option, $"{value} is negative");
    }

    public void Divisible(params IEnumerable<(string Option, int Size, int Heads)> options)
    {
        foreach (var (option, size, heads) in options)
            if (size % heads != 0) Fail(option, $"{size} cannot be divided into {heads} heads");
    }

    public void Probabilities(params IEnumerable<(string Option, double Value)> options)
    {
        foreach (var (option, value) in options)
            if (!(value is >= 0 and < 1)) Fail(option, $"{value} is not in [0, 1)");
    }

    /// <exception cref="ArgumentException">Always.</exception>
    public void Fail(string option, string found) => throw new ArgumentException($"{source}: option '{option}': {found}.");
}
