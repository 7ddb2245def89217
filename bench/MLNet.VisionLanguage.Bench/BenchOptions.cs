using System.Globalization;

namespace MLNet.VisionLanguage.Bench;

/// <summary>A part of the benchmark that can be asked for alone.</summary>
internal interface ISection
{
    string Name { get; }

    string Description { get; }

    void Run(Workbench bench, Report report);
}

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions
{
    /// <summary>The sections asked for; empty for all.</summary>
    public required IReadOnlyList<string> Sections { get; init; }

    /// <summary>How often each thing is measured; the median counts.</summary>
    public int Rounds { get; init; } = 7;

    /// <summary>Questions that are scored end to end.</summary>
    public int Questions { get; init; } = 2000;

    /// <summary>Rows that are streamed.</summary>
    public int StreamRows { get; init; } = 1_000_000;

    /// <summary>Whether small models take the place of the base models: for seeing that outputs agree, not for figures.</summary>
    public bool IsTiny { get; init; }

    /// <summary>Where models are kept from run to run.</summary>
    public string Folder { get; init; } = Path.Combine("bench", "out");

    public required string Output { get; init; }

    public bool Runs(ISection section) => Sections.Count == 0 || Sections.Contains(section.Name);

    /// <summary>Reads the command line; null when help is asked for.</summary>
    public static BenchOptions? Parse(string[] args, IReadOnlyList<ISection> known)
    {
        var names = new List<string>();
        var options = new BenchOptions { Sections = names, Output = "" };
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "-h" or "--help": return null;
                case "--tiny": options = options with { IsTiny = true }; break;
                case "--rounds": options = options with { Rounds = Number(ref i) }; break;
                case "--questions": options = options with { Questions = Number(ref i) }; break;
                case "--rows": options = options with { StreamRows = Number(ref i) }; break;
                case "--output": options = options with { Output = Value(ref i) }; break;
                case "--folder": options = options with { Folder = Value(ref i) }; break;
                case var name when known.Any(section => section.Name == name): names.Add(name); break;
                default:
                    throw new ArgumentException($"'{args[i]}' is no section; there are {string.Join(", ", known.Select(section => section.Name))}.");
            }
        }

        return options.Output.Length > 0 ? options : options with { Output = Path.Combine(options.Folder, "results.md") };

        string Value(ref int i) => i + 1 < args.Length ? args[++i] : throw new ArgumentException($"{args[i]} needs a value.");

        int Number(ref int i) => int.TryParse(Value(ref i), CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"{args[i - 1]} needs a number above 0.");
    }
}
