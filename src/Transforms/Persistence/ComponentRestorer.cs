using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>Gives a component back.</summary>
/// <param name="context">The context of the built-ins.</param>
/// <param name="loaded">The chain it was saved as.</param>
/// <param name="state">Its state.</param>
/// <param name="takeModel">Hands over the ONNX model of the chain's transformer with a number, if it is one of this library.</param>
internal delegate ITransformer Restorer(MLContext context, ITransformer loaded, string state, Func<int, OnnxModelFolder?> takeModel);

/// <summary>Walks over a loaded model and puts this library's transformers back in the place of the chains they were saved as.</summary>
/// <param name="context">The context of the built-ins.</param>
/// <param name="file">The model's file.</param>
/// <param name="components">All components by the kind of their state.</param>
internal sealed class ComponentRestorer(MLContext context, LightModelFile file, IReadOnlyDictionary<string, Restorer> components)
{
    /// <summary>Restores a transformer and all inside it.</summary>
    /// <param name="loaded">What ML.NET loaded.</param>
    /// <param name="folder">The folder of the zip it lies in.</param>
    public ITransformer Restore(ITransformer loaded, string folder = "TransformerChain")
    {
        if (StateChain.ReadState(context, loaded) is { } state)
        {
            var kind = StateText.KindOf(state);
            return components.TryGetValue(kind, out var restore)
                ? restore(context, loaded, state, index => file.Take(Inside(folder, index)))
                : throw new InvalidDataException(
                    $"it has a part of kind '{kind}', which this version of MLNet.VisionLanguage does not know; it knows "
                    + $"{string.Join(", ", components.Keys)}.");
        }

        if (loaded is not TransformerChain<ITransformer> chain) return loaded;
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
                if (inScope.Contains(parts[i])) scopes[i] |= scope;
            }
        }

        return [.. scopes];
    }
}
