using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl models list|pull|path|verify|remove</c>: published models, and their files in the cache.</summary>
internal sealed class PublishedModelsCommand(Terminal terminal)
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly Option<string?> _catalog = Options.Optional<string?>(
        "--catalog", "Entries of your own besides: a file in the form of the catalog, or a folder of such files.", "FILE");

    /// <summary>The commands.</summary>
    public IEnumerable<Command> All() => [List(), Pull(), Paths(), Verify(), Remove()];

    private static Argument<string[]> Names() => new("NAME") { Description = "The models' names.", Arity = ArgumentArity.OneOrMore };

    private Command List()
    {
        var json = Options.Optional<bool>("--json", "Write all that is known of them as JSON.");
        return Make("list", "List published models: what they are, where they are published, and which are here.", [json], parsed =>
        {
            var models = Catalog(parsed);
            if (parsed.GetValue(json)) terminal.Output.WriteLine(JsonSerializer.Serialize(models.List(), Readable));
            else foreach (var line in Table(models)) terminal.Output.WriteLine(line);
        });
    }

    private Command Pull()
    {
        var (names, yes) = (Names(), Options.Optional<bool>("--yes", "Fetch without asking, however much it is."));
        return Make("pull", "Fetch published models into the cache; an interrupted fetch goes on where it stopped.", [names, yes], parsed =>
        {
            var models = Catalog(parsed);
            foreach (var name in Known(models, parsed.GetValue(names)!))
            {
                PullMeter.Pull(models, name, parsed.GetValue(yes), terminal);
                Write(models, name);
            }
        });
    }

    private Command Paths()
    {
        var names = Names();
        return Make("path", "Tell where a model's files are; those that are not here are no line.", [names], parsed =>
        {
            var models = Catalog(parsed);
            foreach (var name in Known(models, parsed.GetValue(names)!)) Write(models, name);
        });
    }

    private Command Verify()
    {
        var names = Names();
        var command = new Command("verify", "Compute the hashes of a model's files anew and compare them with the catalog's and those of the first fetch.")
        {
            names, _catalog,
        };
        command.SetAction(parsed =>
        {
            var (models, damaged) = (Catalog(parsed), false);
            foreach (var name in Known(models, parsed.GetValue(names)!))
            {
                var problems = models.VerifyAsync(name, terminal.Cancellation).GetAwaiter().GetResult();
                damaged |= problems.Count > 0;
                terminal.Output.WriteLine(problems.Count == 0 ? $"{name}: all files are as they were published or first fetched" : name);
                foreach (var problem in problems) terminal.Output.WriteLine($"  {problem}");
            }

            terminal.Output.Flush();
            return damaged ? Failure.Failed : 0;
        });
        return command;
    }

    private Command Remove()
    {
        var names = Names();
        return Make("remove", "Remove a model's files from the cache, but for those that other models use.", [names], parsed =>
        {
            var models = Catalog(parsed);
            foreach (var name in Known(models, parsed.GetValue(names)!))
            {
                var bytes = models.RemoveAsync(name, terminal.Cancellation).GetAwaiter().GetResult();
                terminal.Note($"{name}: {PullMeter.Megabytes(bytes)} removed");
            }
        });
    }

    private Command Make(string name, string description, IReadOnlyList<Symbol> parts, Action<ParseResult> run)
    {
        var command = new Command(name, description) { _catalog };
        foreach (var part in parts)
        {
            if (part is Argument argument) command.Add(argument);
            else command.Add((Option)part);
        }

        command.SetAction(parsed =>
        {
            run(parsed);
            terminal.Output.Flush();
            return 0;
        });
        return command;
    }

    private PublishedModelsCatalog Catalog(ParseResult parsed) => new MLContext().VisionLanguage().Models.With(
        new() { OwnEntries = parsed.GetValue(_catalog) is { } own ? CheckpointFiles.Existing(_catalog.Name, own) : null });

    /// <summary>The names as the catalog spells them.</summary>
    /// <exception cref="UsageException">There is no such model.</exception>
    private static string[] Known(PublishedModelsCatalog models, IEnumerable<string> names)
    {
        try
        {
            return [.. names.Select(name => models.Find(name).Name)];
        }
        catch (ArgumentException e)
        {
            throw new UsageException(Failure.Describe(e));
        }
    }

    private void Write(PublishedModelsCatalog models, string name)
    {
        foreach (var (role, path) in models.Paths(name).OrderBy(file => file.Key, StringComparer.Ordinal)) terminal.Output.WriteLine($"{role}\t{path}");
    }

    private static IEnumerable<string> Table(PublishedModelsCatalog models)
    {
        string[][] rows =
        [
            ["name", "task", "here", "size", "licence", "what it is"],
            .. models.List().Select(model => (string[])
            [
                model.Name, model.Task, models.IsHere(model.Name) ? "yes" : "no",
                model.Files.Aggregate((long?)0, (sum, file) => sum + file.Size) is { } size ? PullMeter.Megabytes(size) : "unverified",
                model.Licence ?? "unverified", model.Title,
            ]),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length - 1).Select(column => rows.Max(row => row[column].Length))];
        return rows.Select(row => $"{string.Join("  ", row[..^1].Select((cell, column) => cell.PadRight(widths[column])))}  {row[^1]}");
    }
}
