using System.Text.Json;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>
/// CIDEr-D (Vedantam et al. 2015): how much of what references say of an image a caption says, words that are said of few images counting
/// more. Of runs of n = 1 to 4 words: the number in a text times log(images / images whose references have the run); the cosine of caption
/// and reference, with the caption's numbers cut at the reference's, times exp(-d² / 72) for lengths that differ by d; the mean over n and
/// over references, times 10. How many images have a run is counted once, of the references that are measured or of training's captions,
/// which rewards captions as they are made. Safe for use by several threads.
/// </summary>
public sealed class CiderScorer
{
    private const double Deviation = 6;
    private const double Scale = 10;

    private readonly Dictionary<string, int> _images;
    private readonly double _logCount;

    private CiderScorer(Dictionary<string, int> images, int count) => (_images, ImageCount, _logCount) = (images, count, Math.Log(count));

    /// <summary>How many images were counted.</summary>
    public int ImageCount { get; }

    /// <summary>Counts of how many images captions say each run of words.</summary>
    /// <param name="images">The captions of each image.</param>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static CiderScorer Create(IEnumerable<IEnumerable<string>> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return CreateOfTexts(images.Select(captions => captions.Select(caption => new CaptionText(CaptionWords.Split(caption)))));
    }

    internal static CiderScorer CreateOfTexts(IEnumerable<IEnumerable<CaptionText>> images)
    {
        var frequencies = new Dictionary<string, int>(StringComparer.Ordinal);
        var count = 0;
        foreach (var captions in images)
        {
            var runs = captions.SelectMany(caption => Enumerable.Range(1, CaptionText.LongestRun).SelectMany(n => caption.Runs(n).Keys));
            foreach (var run in runs.ToHashSet(StringComparer.Ordinal)) frequencies[run] = frequencies.GetValueOrDefault(run) + 1;
            count++;
        }

        return count > 0 ? new(frequencies, count) : throw new ArgumentException("CIDEr needs captions of at least one image.", nameof(images));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file, also .gz.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is none of these files.</exception>
    public static CiderScorer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var state = JsonSerializer.Deserialize<State>(TextFile.ReadAllText(path));
            return state is { Images: > 0, Frequencies: { } frequencies } && frequencies.Values.All(count => count > 0 && count <= state.Images)
                ? new(new(frequencies, StringComparer.Ordinal), state.Images)
                : throw new InvalidDataException($"{path}: \"Images\" and \"Frequencies\", of 1 to so many images each, are expected.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: this is no file of document frequencies: {e.Message}", e);
        }
    }

    /// <summary>Writes the counts as JSON: the number of images, and of each run the images whose captions have it.</summary>
    /// <param name="path">The file to write.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, new State(ImageCount, _images)));

    /// <summary>Lays an image's references out, to score any number of captions against them.</summary>
    /// <param name="references">The captions that people wrote.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public CiderReferences Prepare(IEnumerable<string> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        return PrepareTexts([.. references.Select(reference => new CaptionText(CaptionWords.Split(reference)))]);
    }

    internal CiderReferences PrepareTexts(IReadOnlyList<CaptionText> references) => references.Count > 0
        ? new(this, [.. references.Select(Weigh)])
        : throw new ArgumentException("A caption needs at least one reference.", nameof(references));

    /// <summary>CIDEr-D of a caption, 0 to 10 and rarely above 3.</summary>
    /// <param name="caption">The caption.</param>
    /// <param name="references">What people wrote.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public double Score(string caption, IEnumerable<string> references) => Prepare(references).Score(caption);

    internal double Score(CaptionText caption, IReadOnlyList<WeighedCaption> references)
    {
        var own = Weigh(caption);
        return Scale * references.Average(reference => Similarity(own, reference));
    }

    private static double Similarity(WeighedCaption caption, WeighedCaption reference)
    {
        double difference = caption.Length - reference.Length, sum = 0;
        for (var n = 0; n < CaptionText.LongestRun; n++)
        {
            var product = 0.0;
            foreach (var (run, weight) in caption.Weights[n])
            {
                var other = reference.Weights[n].GetValueOrDefault(run);
                product += Math.Min(weight, other) * other;
            }

            var norms = caption.Norms[n] * reference.Norms[n];
            sum += norms == 0 ? product : product / norms;
        }

        return sum / CaptionText.LongestRun * Math.Exp(-difference * difference / (2 * Deviation * Deviation));
    }

    private WeighedCaption Weigh(CaptionText caption)
    {
        Dictionary<string, double>[] weights =
        [
            .. Enumerable.Range(1, CaptionText.LongestRun).Select(n => caption.Runs(n).ToDictionary(
                run => run.Key, run => run.Value * (_logCount - Math.Log(Math.Max(1, _images.GetValueOrDefault(run.Key)))), StringComparer.Ordinal)),
        ];

        // As the reference counts lengths: in pairs of words.
        return new(
            weights, [.. weights.Select(own => Math.Sqrt(own.Values.Sum(weight => weight * weight)))], Math.Max(0, caption.Words.Count - 1));
    }

    private sealed record State(int Images, Dictionary<string, int>? Frequencies);
}

/// <summary>References of an image, against which captions are scored by CIDEr-D. Safe for use by several threads.</summary>
public sealed class CiderReferences
{
    private readonly CiderScorer _scorer;
    private readonly IReadOnlyList<WeighedCaption> _references;

    internal CiderReferences(CiderScorer scorer, IReadOnlyList<WeighedCaption> references) => (_scorer, _references) = (scorer, references);

    /// <summary>CIDEr-D of a caption, 0 to 10 and rarely above 3.</summary>
    /// <param name="caption">The caption.</param>
    public double Score(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return Score(new CaptionText(CaptionWords.Split(caption)));
    }

    internal double Score(CaptionText caption) => _scorer.Score(caption, _references);
}
