using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tasks.Retrieval;

namespace MLNet.VisionLanguage.Bench.Retrieval;

/// <summary>Every caption with every image: as pairs from scratch, and by ScoreAllPairs, in turns (bench/retrieval.sh).</summary>
internal sealed class RetrievalCommand
{
    public const string Name = "retrieval";

    private readonly string[] _arguments;
    private readonly MLContext _ml = new(1);
    private readonly Random _random = new(1);
    private readonly ViLbertConfig _config;
    private readonly int _regions, _tokens;

    private RetrievalCommand(string[] arguments)
    {
        _arguments = arguments;
        (_regions, _tokens) = (Number("--regions", 36), Number("--tokens", 14));
        _config = arguments.Contains("--tiny") ? ViLbertConfig.Tiny with { VocabularySize = 1000, RegionFeatureSize = 64 } : ViLbertConfig.Base;
    }

    /// <summary>Measures; 1 where the two do not give the same.</summary>
    public static int Run(string[] arguments) => new RetrievalCommand(arguments).Measure();

    private int Measure()
    {
        int rounds = Number("--rounds", 5), captions = Number("--captions", 100), images = Number("--images", 20);
        var settings = new RetrievalSettings { Model = _config };
        using var model = settings.Create(_ml, new RandomWeights(settings.ToNetwork().Parameters(), _config.InitializerRange));
        PairRow[] texts = [.. Enumerable.Range(0, captions).Select(_ => Text())], pictures = [.. Enumerable.Range(0, images).Select(_ => Picture())];

        // Both open their sessions before they are measured.
        Scratch(Pairs().Take(1));
        float[] scratch = [], once = [];
        var cut = Clock.Seconds(() => model.ScoreAllPairs(View(texts[..1]), View(pictures[..1])));
        Console.WriteLine(
            $"{captions} captions of {_tokens} tokens x {images} images of {_regions} regions, {Environment.ProcessorCount} cores; the cut took {cut:F1} s, once");
        var times = (Scratch: new List<double>(), Once: new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            times.Scratch.Add(Clock.Seconds(() => scratch = Scratch(Pairs())));
            times.Once.Add(Clock.Seconds(() => once = [.. model.ScoreAllPairs(View(texts), View(pictures)).SelectMany(row => row)]));
            Console.WriteLine(
                $"round {round + 1}: pairs from scratch {times.Scratch[^1]:F2} s, ScoreAllPairs {times.Once[^1]:F2} s, {times.Scratch[^1] / times.Once[^1]:F2}");
        }

        var difference = scratch.Zip(once, (a, b) => Math.Abs((double)a - b)).Max();
        var (alone, together) = (Clock.Quantile(times.Scratch, 0.5), Clock.Quantile(times.Once, 0.5));
        Console.WriteLine(
            $"median of {rounds}: pairs from scratch {alone:F2} s, ScoreAllPairs {together:F2} s: {alone / together:F2} times as fast; "
            + $"largest difference {difference:E1} of scores from {scratch.Min():F4} to {scratch.Max():F4}");
        return difference <= 1e-4 ? 0 : 1;

        float[] Scratch(IEnumerable<PairRow> rows) => [.. model.Transform(View(rows)).GetColumn<float>("Score")];

        IEnumerable<PairRow> Pairs() => texts.SelectMany(text => pictures.Select(picture => picture with
        {
            InputIds = text.InputIds,
            AttentionMask = text.AttentionMask,
            TokenTypeIds = text.TokenTypeIds,
        }));
    }

    private IDataView View(IEnumerable<PairRow> rows) => _ml.Data.LoadFromEnumerable(rows);

    private int Number(string option, int usual) => Array.IndexOf(_arguments, option) is >= 0 and var place
        ? int.Parse(_arguments[place + 1], CultureInfo.InvariantCulture)
        : usual;

    private PairRow Text()
    {
        long[] ids = [101, .. Enumerable.Range(0, _tokens - 2).Select(_ => (long)_random.Next(5, _config.VocabularySize)), 102];
        return new() { InputIds = ids, AttentionMask = [.. ids.Select(_ => 1L)], TokenTypeIds = new long[_tokens] };
    }

    private PairRow Picture() => new()
    {
        RegionFeatures = [.. Enumerable.Range(0, _regions * _config.RegionFeatureSize).Select(_ => Math.Max(0, (2 * _random.NextSingle()) - 1))],
        RegionBoxes = [.. Enumerable.Range(0, _regions).SelectMany(_ => Box(_random.NextSingle() * 320, _random.NextSingle() * 240))],
        ImageSize = [640, 480],
    };

    private static float[] Box(float x, float y) => [x, y, x + 160, y + 120];
}
