using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage;
using MLNet.VisionLanguage.Bench.Retrieval;
using MLNet.VisionLanguage.Tasks.Retrieval;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int rounds = Number("--rounds", 5), captions = Number("--captions", 100), images = Number("--images", 20);
int regions = Number("--regions", 36), tokens = Number("--tokens", 14);
var config = args.Contains("--tiny") ? ViLbertConfig.Tiny with { VocabularySize = 1000, RegionFeatureSize = 64 } : ViLbertConfig.Base;
var settings = new RetrievalSettings { Model = config };
var ml = new MLContext(1);
using var model = settings.Create(ml, new RandomWeights(settings.ToNetwork().Parameters(), config.InitializerRange));
var random = new Random(1);
Row[] texts = [.. Enumerable.Range(0, captions).Select(_ => Text())], pictures = [.. Enumerable.Range(0, images).Select(_ => Picture())];
IDataView View(IEnumerable<Row> rows) => ml.Data.LoadFromEnumerable(rows);
IEnumerable<Row> Pairs() => texts.SelectMany(text => pictures.Select(picture => picture with
{
    InputIds = text.InputIds,
    AttentionMask = text.AttentionMask,
    TokenTypeIds = text.TokenTypeIds,
}));
float[] Score(IEnumerable<Row> rows) => [.. model.Transform(View(rows)).GetColumn<float>("Score")];
float[] Scratch(IEnumerable<Row> rows)
{
    model.SharesParts = false;
    var scores = Score(rows);
    model.SharesParts = true;
    return scores;
}


// Both open their sessions before they are measured.
Scratch(Pairs().Take(1));
float[] scratch = [], shared = [], once = [];
var cut = Seconds(() => model.ScoreAllPairs(View(texts[..1]), View(pictures[..1])));
Console.WriteLine($"{captions} captions of {tokens} tokens x {images} images of {regions} regions, {Environment.ProcessorCount} cores; the cut took {cut:F1} s, once");
var times = (Scratch: new List<double>(), Shared: new List<double>(), Once: new List<double>());
for (var round = 0; round < rounds; round++)
{
    times.Scratch.Add(Seconds(() => scratch = Scratch(Pairs())));
    times.Shared.Add(Seconds(() => shared = Score(Pairs())));
    times.Once.Add(Seconds(() => once = [.. model.ScoreAllPairs(View(texts), View(pictures)).SelectMany(row => row)]));
    Console.WriteLine($"round {round + 1}: {Told(times.Scratch[^1], times.Shared[^1], times.Once[^1])}");
}

double Difference(float[] scores) => scratch.Zip(scores, (a, b) => Math.Abs((double)a - b)).Max();
var difference = Math.Max(Difference(shared), Difference(once));
Console.WriteLine(
    $"median of {rounds}: {Told(Median(times.Scratch), Median(times.Shared), Median(times.Once))}; "
    + $"largest difference {difference:E1} of scores from {scratch.Min():F4} to {scratch.Max():F4}");
return difference <= 1e-4 ? 0 : 1;

static string Told(double scratch, double shared, double once) =>
    $"pairs from scratch {scratch:F2} s, in windows that share {shared:F2} s ({scratch / shared:F2} times as fast), "
    + $"ScoreAllPairs {once:F2} s ({scratch / once:F2} times)";

int Number(string option, int usual) => Array.IndexOf(args, option) is >= 0 and var place ? int.Parse(args[place + 1], CultureInfo.InvariantCulture) : usual;

static double Seconds(Action action)
{
    var watch = Stopwatch.StartNew();
    action();
    return watch.Elapsed.TotalSeconds;
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

Row Text()
{
    long[] ids = [101, .. Enumerable.Range(0, tokens - 2).Select(_ => (long)random.Next(5, config.VocabularySize)), 102];
    return new() { InputIds = ids, AttentionMask = [.. ids.Select(_ => 1L)], TokenTypeIds = new long[tokens] };
}

Row Picture() => new()
{
    RegionFeatures = [.. Enumerable.Range(0, regions * config.RegionFeatureSize).Select(_ => Math.Max(0, (2 * random.NextSingle()) - 1))],
    RegionBoxes = [.. Enumerable.Range(0, regions).SelectMany(_ => Box(random.NextSingle() * 320, random.NextSingle() * 240))],
    ImageSize = [640, 480],
};

static float[] Box(float x, float y) => [x, y, x + 160, y + 120];
