using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage;

// Learns to answer questions about pictures, saves the model and measures it on pictures it has not seen.
// FOLDER has images and, in the format of VQA v2, {train,val}_questions.json and {train,val}_annotations.json; vl scenes makes one.
if (args is not [var folder, var output, .. var more])
{
    Console.Error.WriteLine("usage: VisualQuestionAnswering FOLDER MODEL.zip [SEED [EPOCHS]]");
    return 2;
}

var seed = more.Length > 0 ? int.Parse(more[0], CultureInfo.InvariantCulture) : 1;
var epochs = more.Length > 1 ? int.Parse(more[1], CultureInfo.InvariantCulture) : 4;
var ml = new MLContext(seed);
ml.Log += (_, e) =>
{
    if (e.Kind == ChannelMessageKind.Info && e.Source.StartsWith("VisualQuestionAnsweringTrainer")) Console.WriteLine(e.RawMessage);
};
var (train, val) = (Read("train"), Read("val"));

// Nine cells of a picture are its regions; each word of the questions is a token.
var vocabulary = BertVocabulary.Build(train.Examples.Select(row => row.Question));
var grid = new GridFeatureOptions { Grid = 3, CellSize = 8, Centered = true };

// A small model that starts from nothing.
var options = VisualQuestionAnsweringOptions.FromScratch(epochs: epochs);
options.ReportEvery = 200;
var pipeline = ml.Transforms.LoadImageFiles("Image", "", "ImagePath")
    .Append(ml.Transforms.ExtractGridFeatures("Image", grid))
    .Append(ml.Transforms.TokenizeText(vocabulary, "Question"))
    .Append(ml.VisionLanguage().Trainers.VisualQuestionAnswering(options));

var rows = train.ToDataView(ml);
var clock = Stopwatch.StartNew();
var model = pipeline.Fit(rows);
Console.WriteLine($"trained in {clock.Elapsed.TotalSeconds:F0} s");
ml.VisionLanguage().Save(model, rows.Schema, output);

var metrics = ml.VisionLanguage().EvaluateVisualQuestionAnswering(model.Transform(val.ToDataView(ml)), groupColumnName: "QuestionType");
Console.WriteLine($"{metrics.Count} questions about pictures not seen in training:");
foreach (var (family, measured) in metrics.PerGroup) Console.WriteLine($"{family,-10} {measured.Accuracy:F4} of {measured.Count}");
Console.WriteLine($"{"all",-10} {metrics.Accuracy:F4} of {metrics.Count}");
return 0;

VqaDataset Read(string part) => VqaDataset.Load($"{folder}/{part}_questions.json", $"{folder}/{part}_annotations.json", $"{folder}/images");
