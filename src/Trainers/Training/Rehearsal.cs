using Microsoft.ML;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// What a training run needs at its end, tried before it begins: hours of training must not be lost to a setting. The model itself is
/// tried on a row once there are rows.
/// </summary>
internal static class Rehearsal
{
    /// <summary>Opens a graph as small as can be the way the trained model will be, which takes milliseconds.</summary>
    /// <exception cref="InvalidOperationException">ONNX Runtime does not do what the context asks for.</exception>
    public static void OpenScoring(MLContext context)
    {
        ScoringDevice.Check(context);
        var graph = new GraphBuilder("Rehearsal");
        graph.Output("y", graph.Sigmoid(graph.Input("x", OnnxType.Float, "B", 1)), "B", 1);
        using var folder = OnnxModelFolder.Create(graph.WriteTo);
        try
        {
            ScoringDevice.Open(context, () => context.Transforms.ApplyOnnxModel("y", "x", folder.ModelPath));
            using var runner = folder.Open(ScoringDevice.Options(context, threads: 1));
            runner.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([0f], 1, 1) });
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"The trained model could not be scored with this MLContext: {e.Message}", e);
        }
    }

    /// <summary>Writes a file to a folder and removes it.</summary>
    /// <exception cref="IOException">That does not work; the message names the option.</exception>
    public static void WriteTo(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, $"rehearsal-{Guid.NewGuid():N}.tmp");
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            file.WriteByte(0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"Option {nameof(LearningOptions.CheckpointFolder)}: '{folder}' cannot be written to: {e.Message}", e);
        }
    }
}
