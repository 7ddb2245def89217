using System.Text;
using System.Text.Json;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>
/// Where an experiment keeps what it did: experiment.json, by which it is told from others, trials.jsonl, a finished trial's result a line, and
/// trials/N, a trial's model among its files. A process may be killed at any time.
/// </summary>
internal sealed class ExperimentFolder
{
    private const string Results = "trials.jsonl";
    private const string Identity = "experiment.json";

    private readonly string _folder;

    private ExperimentFolder(string folder, List<TrialResult> finished) => (_folder, Finished) = (folder, finished);

    /// <summary>The trials that were finished before.</summary>
    public IReadOnlyList<TrialResult> Finished { get; }

    public string Data => Path.Combine(_folder, "data");

    /// <summary>Opens a folder, or begins one.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="identity">What tells the experiment from others.</param>
    /// <exception cref="InvalidOperationException">The folder is another experiment's; the message says in what they differ.</exception>
    public static ExperimentFolder Open(string folder, SortedDictionary<string, string> identity)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, Identity);
        if (File.Exists(file))
        {
            var before = TrialJson.Read<Dictionary<string, string>>(File.ReadAllText(file));
            if (RunIdentity.Difference(before, identity) is { } difference)
                throw new InvalidOperationException($"The checkpoint '{folder}' is of another experiment: {difference}. Name another folder, or delete it.");
        }
        else
        {
            AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(TrialJson.Write(identity))));
        }

        return new(folder, Read(Path.Combine(folder, Results)));
    }

    /// <summary>A trial's own folder, empty.</summary>
    public string NewTrial(int trialId)
    {
        var folder = Path.Combine(_folder, "trials", $"{trialId}");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    public string ModelOf(int trialId) => Path.Combine(_folder, RelativeModelOf(trialId));

    public static string RelativeModelOf(int trialId) => $"trials/{trialId}/model.zip";

    /// <summary>Notes a finished trial; it is on the disk when this returns.</summary>
    public void Add(TrialResult result)
    {
        using var stream = new FileStream(Path.Combine(_folder, Results), FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(Encoding.UTF8.GetBytes(TrialJson.Write(result) + "\n"));
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Removes the models of all trials but one, if any.</summary>
    public void KeepModelOf(int? best, int trials)
    {
        for (var trial = 0; trial < trials; trial++)
            if (trial != best && File.Exists(ModelOf(trial))) File.Delete(ModelOf(trial));
    }

    /// <summary>The results; a last line that a killed process left unfinished is cut off.</summary>
    private static List<TrialResult> Read(string path)
    {
        var results = new List<TrialResult>();
        if (!File.Exists(path)) return results;
        var bytes = File.ReadAllBytes(path);
        var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        if (whole < bytes.Length)
        {
            using var stream = File.OpenWrite(path);
            stream.SetLength(whole);
        }

        foreach (var line in Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                results.Add(TrialJson.Read<TrialResult>(line));
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{path}:{results.Count + 1}: no trial's result: {e.Message}", e);
            }
        }

        return results;
    }
}
