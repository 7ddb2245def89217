using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Tasks.Retrieval;

/// <summary>Gathers an index's embeddings and checks them.</summary>
/// <param name="normalize">Whether they are divided by their length.</param>
internal sealed class EmbeddingRows(bool normalize)
{
    private readonly List<string> _ids = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<float> _values = [];
    private int _dimensions;

    /// <exception cref="ArgumentException">The name stands twice, the length differs, or a number is not finite.</exception>
    public void Add(string id, ReadOnlySpan<float> embedding)
    {
        if (FindProblem(id, embedding) is { } problem) throw new ArgumentException($"{char.ToUpperInvariant(problem[0])}{problem[1..]}.");
        _dimensions = embedding.Length;
        _known.Add(id);
        _ids.Add(id);
        var start = _values.Count;
        _values.AddRange(embedding);
        if (!normalize) return;
        var own = CollectionsMarshal.AsSpan(_values)[start..];
        TensorPrimitives.Divide(own, TensorPrimitives.Norm<float>(own), own);
    }

    /// <summary>Why an embedding cannot be added; null when it can.</summary>
    public string? FindProblem(string id, ReadOnlySpan<float> embedding)
    {
        if (embedding.IsEmpty) return $"the embedding of '{id}' is empty";
        if (_ids.Count > 0 && embedding.Length != _dimensions)
            return $"the embedding of '{id}' has {embedding.Length} numbers; those before it have {_dimensions}";
        if (_known.Contains(id)) return $"there are two embeddings of '{id}'";
        if (FindNotFinite(embedding) is var place and >= 0)
            return $"number {place} of the embedding of '{id}' is {embedding[place]}; finite numbers are expected";
        if (_values.Count > Array.MaxLength - embedding.Length)
            return $"the embeddings before '{id}' are {_values.Count} numbers; an index has room for {Array.MaxLength}";
        return normalize && TensorPrimitives.Norm(embedding) == 0 ? $"the embedding of '{id}' has length 0 and so no direction" : null;
    }

    /// <exception cref="ArgumentException">There are none.</exception>
    public (string[] Ids, float[] Values, int Dimensions) Finish() => _ids.Count > 0
        ? ([.. _ids], [.. _values], _dimensions)
        : throw new ArgumentException("An index needs at least one embedding.");

    /// <summary>The place of a number that is not finite; -1 where all are.</summary>
    public static int FindNotFinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i])) return i;
        }

        return -1;
    }
}
