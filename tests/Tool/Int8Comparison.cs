using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>A trained model beside the same weights in int8.</summary>
internal static class Int8Comparison
{
    /// <summary>In int8 the model gives the same answer to 98 % of the questions and is right as often, within half a point.</summary>
    public static void Holds(MLContext ml, VisualQuestionAnsweringTransformer model, IDataView rows, ITestOutputHelper output)
    {
        using var folder = new TemporaryFolder();
        var weights = folder.File("weights.safetensors");
        model.SaveWeights(weights);
        using var int8 = ml.VisionLanguage().LoadCheckpoint(weights, model.Model, model.Answers, quantize: true).Transformer;
        IDataView full = model.Transform(rows), rounded = int8.Transform(rows);
        var same = Predictions(full).Zip(Predictions(rounded)).Average(pair => pair.First == pair.Second ? 1.0 : 0);
        double accuracy = Accuracy(ml, full), accuracyOfInt8 = Accuracy(ml, rounded);
        ml.VisionLanguage().Save(model, rows.Schema, folder.File("float32.zip"));
        ml.VisionLanguage().Save(int8, rows.Schema, folder.File("int8.zip"));
        var size = (double)new FileInfo(folder.File("int8.zip")).Length / new FileInfo(folder.File("float32.zip")).Length;
        output.WriteLine($"int8: {accuracyOfInt8:F4}, float32: {accuracy:F4}; the same answer to {same:P2}; {size:P1} of the file");
        Assert.InRange(same, 0.98, 1);
        Assert.InRange(accuracyOfInt8, accuracy - 0.005, accuracy + 0.005);
    }

    private static double Accuracy(MLContext ml, IDataView scored) => ml.VisionLanguage().EvaluateVisualQuestionAnswering(scored).Accuracy;

    private static List<uint> Predictions(IDataView scored) => [.. scored.GetColumn<uint>("PredictedLabel")];
}
