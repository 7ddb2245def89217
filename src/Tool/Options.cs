using System.CommandLine;

namespace MLNet.VisionLanguage.Tool;

/// <summary>Makes options: a name, what it is for, and what its value is called in the help.</summary>
internal static class Options
{
    /// <summary>An option that may be left out.</summary>
    public static Option<T> Optional<T>(string name, string description, string? value = null) =>
        new(name) { Description = description, HelpName = value };

    /// <summary>An option that must be there.</summary>
    public static Option<string> Required(string name, string description, string value) =>
        new(name) { Description = description, HelpName = value, Required = true };

    /// <summary>The architecture of a configuration file.</summary>
    /// <param name="description">What it is of.</param>
    public static Option<string?> Kind(string description)
    {
        var option = Optional<string?>(
            "--kind",
            $"{description}: {string.Join(", ", VisionLanguageModel.Kinds)}; without, a checkpoint's names tell, else {ViLbertConfig.Base.Kind}.",
            "NAME");
        option.AcceptOnlyFromAmong([.. VisionLanguageModel.Kinds]);
        return option;
    }

    /// <summary>An option with a value of its own when it is left out.</summary>
    public static Option<T> Default<T>(string name, string description, T fallback, string value) =>
        new(name) { Description = description, HelpName = value, DefaultValueFactory = _ => fallback };

    /// <summary>An option of several values, none when it is left out.</summary>
    public static Option<T[]> Several<T>(string name, string description, string value) => new(name)
    {
        Description = description,
        HelpName = value,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary>A data set known by its layout: the layout's name and its files or folder.</summary>
    public static Option<string[]> Layout(string description, string value)
    {
        var layout = Several<string>("--layout", description, value);
        layout.Arity = new ArgumentArity(2, 100);
        return layout;
    }

    /// <summary>Boxes of a single row's image.</summary>
    public static Option<float[]> Boxes(string description) => Several<float>("--boxes", description, "N");

    /// <summary>The numbers of <see cref="Boxes"/>.</summary>
    /// <exception cref="UsageException">A box has not four.</exception>
    public static float[] BoxesOf(ParseResult parsed, Option<float[]> boxes) => parsed.GetValue(boxes) is { } numbers && numbers.Length % 4 == 0
        ? numbers
        : throw new UsageException($"--boxes: four numbers a box are needed, found {parsed.GetValue(boxes)!.Length}.");

    /// <summary>Whether the model that is written computes in int8.</summary>
    public static Option<bool> Int8() => Optional<bool>(
        "--int8",
        "Store and multiply weights in 8 bits: about 30 % of the size, two to three times as fast where processors multiply 8 bits; scores change a little.");

    /// <summary>Refuses what is cut otherwise.</summary>
    public static Option<bool> Strict() =>
        Optional<bool>("--strict", "Refuse texts with more tokens than the model takes; without, they are cut and counted.");

    /// <summary>What happens anyway; older command lines say it.</summary>
    public static Option<bool> Truncate() =>
        Optional<bool>("--truncate", "Cut texts with more tokens than the model takes, as happens without --strict.");

    /// <summary>Whether texts are cut.</summary>
    /// <exception cref="UsageException">Both are given.</exception>
    public static bool Cuts(ParseResult parsed, Option<bool> strict, Option<bool> truncate) =>
        !parsed.GetValue(strict) || (parsed.GetValue(truncate) ? throw new UsageException("--strict and --truncate exclude each other.") : false);
}
