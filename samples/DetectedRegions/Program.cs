using System.Diagnostics;
using System.Globalization;
using DetectedRegions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage;

// Learns to find objects in pictures, then to answer questions about what it finds; saves both as one model, measures it on pictures it has not
// seen, and writes a page that shows what was found and looked at. FOLDER is what vl scenes makes: pictures with questions, boxes and colours.
if (args is not [var folder, var output, .. var more])
{
    Console.Error.WriteLine("usage: DetectedRegions FOLDER MODEL.zip [SEED [DETECTOR_EPOCHS [EPOCHS]]]");
    return 2;
}

var ml = new MLContext(Number(0, 1));
ml.Log += (_, e) =>
{
    if (e.Kind == ChannelMessageKind.Info && e.RawMessage.StartsWith("Epoch")) Console.WriteLine(e.RawMessage);
};
var clock = Stopwatch.StartNew();

// The detector starts from nothing. A shape is an object's class, its colour is its attribute.
var finding = RegionDetectorOptions.FromScratch(epochs: Number(1, 2));
finding.AttributesColumnName = "Attributes";
(finding.Regions.Confidence, finding.ReportEvery) = (0.3f, 200);
var (pictures, unseen) = (Objects("train"), Objects("val"));
var detector = ml.Transforms.LoadImageFiles("Image", "", "ImagePath").Append(ml.VisionLanguage().Trainers.RegionDetector(finding)).Fit(pictures);
Console.WriteLine($"detector trained in {clock.Elapsed.TotalSeconds:F0} s");
var found = ml.VisionLanguage().EvaluateDetection(
    detector.Transform(unseen), predictedLabelColumnName: "RegionClasses", predictedBoxesColumnName: "RegionBoxes", scoreColumnName: "RegionScores");
Console.WriteLine($"AP50 {found.AveragePrecision50:F4}, AP {found.AveragePrecision:F4} of {found.Count} pictures not seen in training");

// Its regions are looked at once a picture, not once a question.
var regions = Path.ChangeExtension(output, ".safetensors");
File.Delete(regions);
foreach (var part in new[] { pictures, unseen }) ml.VisionLanguage().SaveRegionFeatures(detector.Transform(part), regions);
var load = ml.Transforms.LoadRegionFeatures([regions], "ImageId");
var (train, val) = (Questions("train"), Questions("val"));
var rows = train.ToDataView(ml);
var options = VisualQuestionAnsweringOptions.FromScratch(epochs: Number(2, 8));
(options.AttentionColumnName, options.ReportEvery) = ("Attention", 200);
var answering = ml.Transforms.TokenizeText(BertVocabulary.Build(train.Examples.Select(row => row.Question)), "Question")
    .Append(ml.VisionLanguage().Trainers.VisualQuestionAnswering(options)).Fit(load.Fit(rows).Transform(rows));
using var model = new TransformerChain<ITransformer>(detector, answering);
ml.VisionLanguage().Save(model, rows.Schema, output);
Console.WriteLine($"all trained in {clock.Elapsed.TotalSeconds:F0} s");

var questions = val.ToDataView(ml);
var metrics = ml.VisionLanguage().EvaluateVisualQuestionAnswering(
    answering.Transform(load.Fit(questions).Transform(questions)), groupColumnName: "QuestionType");
foreach (var (family, measured) in metrics.PerGroup) Console.WriteLine($"{family,-10} {measured.Accuracy:F4} of {measured.Count}");
Console.WriteLine($"{"all",-10} {metrics.Accuracy:F4} of {metrics.Count}");

// From here on one model goes from picture and question to regions and answer.
Report.Write(Path.ChangeExtension(output, ".html"), ml, model, val.Examples.Where((_, i) => i % 9 == 0).Take(24));
return 0;

int Number(int place, int usual) => more.Length > place ? int.Parse(more[place], CultureInfo.InvariantCulture) : usual;

IDataView Objects(string part) => CocoDetectionDataset.Load($"{folder}/{part}_instances.json", imageFolder: $"{folder}/images").ToDataView(ml);

VqaDataset Questions(string part) => VqaDataset.Load($"{folder}/{part}_questions.json", $"{folder}/{part}_annotations.json", $"{folder}/images");
