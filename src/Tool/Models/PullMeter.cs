using System.Globalization;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>Brings published models with a bar, after asking a person where much is to come.</summary>
internal static class PullMeter
{
    /// <summary>Above so many bytes a person is asked, and where nobody can be --yes is needed.</summary>
    private const long Much = 100_000_000;

    /// <summary>Brings a model's files unless they are here.</summary>
    /// <param name="models">The models.</param>
    /// <param name="name">The model.</param>
    /// <param name="mayFetchMuch">Whether the user said so already.</param>
    /// <param name="terminal">Asks, and shows how far it is.</param>
    /// <returns>The files by their roles.</returns>
    /// <exception cref="UsageException">Much is to come, and the user was not asked, or said no.</exception>
    public static IReadOnlyDictionary<string, string> Pull(PublishedModelsCatalog models, string name, bool mayFetchMuch, Terminal terminal)
    {
        var model = models.Find(name);
        if (!models.IsHere(name) && !mayFetchMuch) Ask(models, model, terminal);
        return Display.Run(
            terminal, $"fetching {model.Name}", meter => models.PullAsync(name, new Shown(meter), terminal.Cancellation).GetAwaiter().GetResult());
    }

    /// <summary>1.2 GB.</summary>
    public static string Megabytes(long bytes) => bytes < 1_000_000
        ? $"{bytes} bytes"
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");

    private static void Ask(PublishedModelsCatalog models, PublishedModel model, Terminal terminal)
    {
        var bytes = models.BytesToFetch(model.Name);
        if (bytes <= Much) return;
        var what = bytes is { } known ? $"{Megabytes(known)} are" : "files of a size that is not known beforehand (such models have 0.4 to 3 GB) are";
        if (!terminal.ErrorIsTerminal || Console.IsInputRedirected)
        {
            throw new UsageException(
                $"'{model.Name}' is not here: {what} to be fetched. --yes allows it, as does 'vl models pull {model.Name} --yes' beforehand.");
        }

        terminal.Error.Write($"vl: '{model.Name}' is not here: {what} to be fetched from {model.Page}. Go on? [y/N] ");
        if (Console.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes")) throw new UsageException($"'{model.Name}' was not fetched.");
    }

    private sealed class Shown(IMeter meter) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => meter.Show(
            value.Done, value.Total ?? 0, $"{value.File}: {Megabytes(value.Done)}{(value.Total is { } total ? $" of {Megabytes(total)}" : "")}");
    }
}
