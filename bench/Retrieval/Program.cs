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
float[] Scratch(IEnumerable<Row> rows) => [.. model.Transform(View(rows)).GetColumn<float>("Score")];

// Both open their sessions before they are measured.
Scratch(Pairs().Take(1));
float[] scratch = [], once = [];
var cut = Seconds(() => model.ScoreAllPairs(View(texts[..1]), View(pictures[..1])));
Console.WriteLine($"{captions} captions of {tokens} tokens x {images} images of {regions} regions, {Environment.ProcessorCount} cores; the cut took {cut:F1} s, once");
var times = (Scratch: new List<double>(), Once: new List<double>());
for (var round = 0; round < rounds; round++)
{
    times.Scratch.Add(Seconds(() => scratch = Scratch(Pairs())));
    times.Once.Add(Seconds(() => once = [.. model.ScoreAllPairs(View(texts), View(pictures)).SelectMany(row => row)]));
    Console.WriteLine($"round {round + 1}: pairs from scratch {times.Scratch[^1]:F2} s, ScoreAllPairs {times.Once[^1]:F2} s, {times.Scratch[^1] / times.Once[^1]:F2}");
}

var difference = scratch.Zip(once, (a, b) => Math.Abs((double)a - b)).Max();
Console.WriteLine(
    $"median of {rounds}: pairs from scratch {Median(times.Scratch):F2} s, ScoreAllPairs {Median(times.Once):F2} s: "
    + $"{Median(times.Scratch) / Median(times.Once):F2} times as fast; largest difference {difference:E1} of scores from {scratch.Min():F4} to {scratch.Max():F4}");
return difference <= 1e-4 ? 0 : 1;

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
