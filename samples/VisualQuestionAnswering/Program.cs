using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Text;

// train DATA MODEL [SEED]: learns from a folder of questions, annotations and images in the VQA v2 format (vl scenes makes one).
// answer MODEL IMAGE QUESTION: opens the saved model, as any other program can, and answers one question.
var ml = new MLContext(seed: 1);
if (args is ["answer", var saved, var image, var question])
{
    var loaded = ml.Model.Load(saved, out _);
    var answers = loaded.Transform(ml.Data.LoadFromEnumerable([new VqaExample { ImagePath = image, Question = question }]));
    VBuffer<ReadOnlyMemory<char>> names = default;
    answers.Schema["Score"].GetSlotNames(ref names);
    var scores = answers.GetColumn<float[]>("Score").Single();
    Console.WriteLine($"{question} {names.GetItemOrDefault(Array.IndexOf(scores, scores.Max()))} ({scores.Max():P0})");
    return;
}

if (args is not ["train", var folder, var output, ..]) throw new ArgumentException("train DATA MODEL [SEED] or answer MODEL IMAGE QUESTION");
var (train, validation, test) = (Read("train"), Read("validation"), Read("test"));
var vocabulary = BertVocabulary.Build(train.Examples.Select(row => row.Question));
var grid = new GridFeatureOptions { Grid = 3, CellSize = 8, Centered = true };
var history = new History();
var preparation = ml.Transforms.LoadImages("Image", "", "ImagePath")
    .Append(ml.Transforms.ExtractGridFeatures("Image", grid))
    .Append(ml.Transforms.TokenizeText(vocabulary, "Question"));
var trainer = ml.VisionLanguage().Trainers.VisualQuestionAnswering(new()
{
    Model = ViLbertConfig.Tiny with { VocabularySize = vocabulary.Count, RegionFeatureSize = grid.FeatureSize },
    Initialization = WeightInitialization.Xavier,
    LearningRate = 1e-3,
    HeadLearningRate = null,
    CorrectBias = true,
    GradientClipping = 1,
    BatchSize = 32,
    Epochs = 4,
    Seed = args.Length > 3 ? int.Parse(args[3]) : 1,
    Progress = history,
});

// The validation rows choose the best epoch. Without them pipeline.Fit does it all: preparation.Append(trainer).Fit(rows).
var rows = train.ToDataView(ml);
var prepared = preparation.Fit(rows);
var model = prepared.Append(trainer.Fit(prepared.Transform(rows), prepared.Transform(validation.ToDataView(ml))));
ml.VisionLanguage().Save(model, rows.Schema, output);
File.WriteAllText(Path.ChangeExtension(output, ".training.json"), JsonSerializer.Serialize(history.Reports));

foreach (var family in test.Examples.GroupBy(row => row.QuestionType).Append<IEnumerable<VqaExample>>(test.Examples))
{
    var name = family is IGrouping<string, VqaExample> group ? group.Key : "all";
    var guess = train.Examples.Where(row => name == "all" || row.QuestionType == name).CountBy(row => row.Answers[0]).MaxBy(count => count.Value).Key;
    var accuracy = ml.VisionLanguage().EvaluateVisualQuestionAnswering(model.Transform(ml.Data.LoadFromEnumerable(family))).Accuracy;
    Console.WriteLine($"{name,-10} accuracy {accuracy:F3}, always '{guess}' {family.Average(row => row.Answers[0] == guess ? 1.0 : 0):F3}");
}

VqaDataset Read(string part) => VqaDataset.Load($"{folder}/{part}_questions.json", $"{folder}/{part}_annotations.json", $"{folder}/images");

internal sealed class History : IProgress<TrainingProgress>
{
    public List<TrainingProgress> Reports { get; } = [];

    public void Report(TrainingProgress value)
    {
        Reports.Add(value);
        if (value.EpochEnded) Console.WriteLine($"epoch {value.Epoch}: loss {value.Loss:F3}, validation {value.ValidationScore:F4}, {value.RowsPerSecond:F0} rows/s");
    }
}
