using System.CommandLine;
using MLNet.VisionLanguage.Tool.Detecting;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl ground</c>: where in images what is named is.</summary>
internal sealed class GroundCommand(Terminal terminal)
{
    private readonly ImageSearch _search = new(terminal);
    private readonly Option<string?> _caption = Options.Optional<string?>("--caption", "A text instead; what it names is looked for.", "TEXT");
    private readonly Option<string[]> _phrases = Options.Several<string>(
        "--phrases", "Parts of --caption that are looked for; without, what lies between its punctuation, prepositions and the like.", "TEXT");
    private readonly Option<bool> _whole = Options.Optional<bool>("--whole", "All of --caption means one thing, which gets one box.");

    public Command Create()
    {
        var command = new Command("ground", "Find what is named, objects of classes or what a text names: JSON with a box and a score each.");
        foreach (var option in (Option[])[_search.Model, _search.Images, _search.Output, .. _search.All, _caption, _phrases, _whole]) command.Add(option);
        command.SetAction(parsed =>
        {
            var (title, find) = Ask(parsed);
            return _search.Run(parsed, title, find);
        });
        return command;
    }

    private (string Title, Func<DetectorModel, string, TextDetectorOptions, FoundBoxes> Find) Ask(ParseResult parsed)
    {
        var (classes, phrases, isWhole) = (_search.Classes(parsed), parsed.GetValue(_phrases)!, parsed.GetValue(_whole));
        if (parsed.GetValue(_caption) is not { } caption)
        {
            if (classes.Length == 0) throw new UsageException("Either --classes or --caption is needed: what is looked for.");
            if (phrases.Length > 0 || isWhole) throw new UsageException("--phrases and --whole go with --caption.");
            return (string.Join(", ", classes), (model, path, options) => model.Detect(path, classes, options));
        }

        if (classes.Length > 0) throw new UsageException("--classes and --caption exclude each other.");
        if (string.IsNullOrWhiteSpace(caption)) throw new UsageException("--caption is empty.");
        if (isWhole && phrases.Length > 0) throw new UsageException("--whole and --phrases exclude each other.");
        return (caption, (model, path, options) => isWhole ? model.Locate(path, caption, options) : model.Ground(path, caption, phrases, options));
    }
}
