using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// A model with the inputs and outputs of another one but without its weights; every output is zero. It stands in where only the signature
/// of a large model is asked for, as when a pipeline works out its columns.
/// </summary>
internal static class OnnxSkeleton
{
    /// <summary>Makes the skeleton; metadata is taken over.</summary>
    /// <exception cref="InvalidDataException">The model has no input, or an output of a type that has no zero here.</exception>
    public static byte[] Create(OnnxSignature signature)
    {
        if (signature.Inputs.Count == 0) throw new InvalidDataException("The ONNX model has no inputs.");
        var graph = new GraphBuilder("Skeleton");
        foreach (var (key, value) in signature.Metadata) graph.Metadata[key] = value;
        var inputs = signature.Inputs.Select(input => graph.Input(input.Name, input.Type, [.. input.Dims])).ToList();
        foreach (var output in signature.Outputs)
        {
            // The batch size stands for every unknown dimension: it is never worked out from weights.
            var unknown = graph.Size(inputs[0], 0);
            var dims = output.Dims.Select(dim => dim.Size is { } size ? graph.Constant(new[] { size }, 1) : unknown).ToArray();
            var shape = dims.Length == 0 ? graph.Constant(Array.Empty<long>(), 0) : graph.Concat(0, dims);
            var zeros = output.Type switch
            {
                OnnxType.Float => graph.Fill(shape, 0f),
                OnnxType.Int64 => graph.Fill(shape, 0L),
                _ => throw new InvalidDataException($"Output '{output.Name}' is {output.Type}; only Float and Int64 are known."),
            };
            graph.Output(output.Name, zeros, [.. output.Dims]);
        }

        return graph.ToArray();
    }
}
