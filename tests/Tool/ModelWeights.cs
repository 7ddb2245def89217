using Microsoft.ML;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>The parameters of a saved model.</summary>
internal static class ModelWeights
{
    /// <param name="zip">The model.</param>
    /// <param name="path">A file to write them to.</param>
    public static Dictionary<string, float[]> Of(string zip, string path)
    {
        var model = new MLContext().VisionLanguage().Load(zip);
        try
        {
            ((IEnumerable<ITransformer>)model).OfType<TaskTransformer>().Single().SaveWeights(path);
        }
        finally
        {
            foreach (var part in ((IEnumerable<ITransformer>)model).OfType<IDisposable>()) part.Dispose();
        }

        using var checkpoint = Checkpoint.Open(path);
        return checkpoint.Names.ToDictionary(name => name, name => checkpoint[name].ToSingles());
    }
}
