using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks;

namespace MLNet.VisionLanguage;

/// <summary>Base of the transformers that do a task with a vision-and-language model.</summary>
public abstract class TaskTransformer : ScoringTransformer
{
    private protected TaskTransformer(MLContext mlContext, TaskSettings settings, OnnxModelFolder model)
        : base(mlContext, settings.ToTask(), model) => TaskSettings = settings;

    /// <summary>The architecture.</summary>
    public VisionLanguageModel Model => TaskSettings.Model;

    internal TaskSettings TaskSettings { get; }

    /// <summary>
    /// Writes the weights to a .safetensors file under the reference's names and in its shapes, as PyTorch reads them and as
    /// <c>InitialWeights</c> and <c>LoadCheckpoint</c> take them. Weights that the model file stores with fewer bits are written as floats
    /// of those values, and parameters that the reference keeps but never reads as zeros.
    /// </summary>
    /// <param name="path">The file; an older one is replaced whole.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public void SaveWeights(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ThrowIfDisposed();
        SaveWeights(path, TaskSettings.ToNetwork().Parameters());
    }
}
