using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Text;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// Walks over a loaded model and puts this library's transformers back in the place of the chains they were saved as. A component joins
/// by one line in <see cref="Components"/>.
/// </summary>
internal sealed class ComponentRestorer(MLContext context, LightModelFile file)
{
    private static readonly Restorer[] Components =
    [
        (context, loaded, _) => TokenizeTextTransformer.TryRestore(context, loaded),
        (context, loaded, _) => LoadImageFilesTransformer.TryRestore(context, loaded),
        (context, loaded, _) => LoadRegionFeaturesTransformer.TryRestore(context, loaded),
        (context, loaded, _) => ExtractGridFeaturesTransformer.TryRestore(context, loaded),
        VisualQuestionAnsweringTransformer.TryRestore,
    ];

    /// <summary>Recognises a component in a transformer as ML.NET loaded it, mostly a chain; null when it is another's.</summary>
    private delegate ITransformer? Restorer(MLContext context, ITransformer loaded, Func<int, OnnxModelFolder?> takeModel);

    /// <summary>Restores a transformer and all inside it.</summary>
    /// <param name="loaded">What ML.NET loaded.</param>
    /// <param name="folder">The folder of the zip it lies in.</param>
    public ITransformer Restore(ITransformer loaded, string folder = "TransformerChain")
    {
        foreach (var restore in Components)
        {
            if (restore(context, loaded, index => file.Take(Inside(folder, index))) is { } restored)
                return restored;
        }

        if (loaded is not TransformerChain<ITransformer> chain)
            return loaded;
        var parts = chain.ToList();
        var replaced = parts.Select((part, index) => Restore(part, Inside(folder, index))).ToList();
        return parts.SequenceEqual(replaced) ? chain : new TransformerChain<ITransformer>(replaced, Scopes(chain, parts));
    }

    /// <summary>Where ML.NET puts the transformers of a chain.</summary>
    private static string Inside(string folder, int index) => $"{folder}/Transform_{index:000}";

    /// <summary>The chain does not tell its scopes, but which of its transformers belong to each.</summary>
    private static List<TransformerScope> Scopes(TransformerChain<ITransformer> chain, List<ITransformer> parts)
    {
        var scopes = new TransformerScope[parts.Count];
        foreach (var scope in new[] { TransformerScope.Training, TransformerScope.Testing, TransformerScope.Scoring })
        {
            var inScope = chain.GetModelFor(scope).ToHashSet(ReferenceEqualityComparer.Instance);
            for (var i = 0; i < parts.Count; i++)
            {
                if (inScope.Contains(parts[i]))
                    scopes[i] |= scope;
            }
        }

        return [.. scopes];
    }
}
