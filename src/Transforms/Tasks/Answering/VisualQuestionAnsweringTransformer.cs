using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Answering;

namespace MLNet.VisionLanguage;

/// <summary>
/// Answers questions about images. Reads InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of one length), RegionFeatures
/// (Vector&lt;Single&gt;, N×D), RegionBoxes (Vector&lt;Single&gt;, N×4, pixels x1 y1 x2 y2) and ImageSize (Vector&lt;Single, 2&gt;,
/// pixels); adds
/// Score (Vector&lt;Single&gt;, one probability 0..1 an answer, with SlotNames) and PredictedLabel (a key whose KeyValues are the answers).
/// </summary>
public sealed class VisualQuestionAnsweringTransformer : ScoringTransformer
{
    private VisualQuestionAnsweringTransformer(MLContext mlContext, AnswerModelSettings settings, OnnxModelFolder model)
        : base(mlContext, settings.ToTask(), model) => Settings = settings;

    /// <summary>The answers, in the order of the scores.</summary>
    public IReadOnlyList<string> Answers => Settings.Answers;

    /// <summary>The architecture.</summary>
    public VisionLanguageModel Model => Settings.Model;

    internal AnswerModelSettings Settings { get; }

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
        SaveWeights(path, Settings.ToNetwork().Parameters());
    }

    /// <summary>Makes the transformer of trained weights, which are read one by one and written to a temporary file.</summary>
    /// <param name="mlContext">The context the built-ins are made in.</param>
    /// <param name="settings">Architecture, answers, columns.</param>
    /// <param name="weights">Parameters under the reference's names; not needed any more when the call returns.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the classifier has not as many outputs as there are answers.</exception>
    /// <exception cref="InvalidDataException">A parameter is missing or has another shape than the architecture asks for.</exception>
    internal static VisualQuestionAnsweringTransformer Create(MLContext mlContext, AnswerModelSettings settings, IParameterSource weights)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(weights);
        settings.Validate();
        var graph = AnswerGraph.Create(settings.ToNetwork(), weights, Column.HelperPrefix);
        return new(mlContext, settings, settings.ToTask().Write(graph));
    }

    /// <summary>Gives the transformer of a saved state back.</summary>
    internal static VisualQuestionAnsweringTransformer Restore(
        MLContext mlContext, ITransformer loaded, string state, Func<int, OnnxModelFolder?> takeModel) =>
        new(mlContext, AnswerModelSettings.FromState(state), TakeModel(loaded, takeModel));
}
