using System.Runtime.InteropServices;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>
/// The float weights of an ONNX file that PyTorch exported. The matrices of linear layers have lost their names there (their transposes
/// are called after graph positions); each gets the name of the bias that is added to its product.
/// </summary>
internal sealed class OnnxFileWeights : IParameterSource
{
    private readonly Dictionary<string, (TensorProto Tensor, bool Transposed)> _weights = new(StringComparer.Ordinal);

    public OnnxFileWeights(byte[] file)
    {
        var graph = ModelProto.Parser.ParseFrom(file).Graph;
        foreach (var tensor in graph.Initializer.Where(tensor => tensor.DataType == (int)OnnxType.Float))
        {
            _weights.Add(tensor.Name, (tensor, false));
        }
        var products = graph.Node.Where(node => node.OpType == "MatMul").ToDictionary(node => node.Output[0]);
        foreach (var sum in graph.Node.Where(node => node.OpType == "Add"))
        {
            var bias = sum.Input.FirstOrDefault(name => name.EndsWith(".bias", StringComparison.Ordinal));
            var product = sum.Input.FirstOrDefault(products.ContainsKey);
            if (bias is not null && product is not null && _weights.Remove(products[product].Input[1], out var matrix))
            {
                _weights.Add(bias[..^".bias".Length] + ".weight", (matrix.Tensor, true));
            }
        }
    }

    public IEnumerable<string> Names => _weights.Keys;

    public bool Contains(string name) => _weights.ContainsKey(name);

    public IReadOnlyList<long> ShapeOf(string name)
    {
        var (tensor, transposed) = _weights[name];
        return transposed ? [.. tensor.Dims.Reverse()] : [.. tensor.Dims];
    }

    public float[] Read(string name)
    {
        var (tensor, transposed) = _weights[name];
        var values = MemoryMarshal.Cast<byte, float>(tensor.RawData.Span);
        if (!transposed) return values.ToArray();
        int rows = (int)tensor.Dims[0], columns = (int)tensor.Dims[1];
        var turned = new float[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++) { turned[(column * rows) + row] = values[(row * columns) + column]; }
        }

        return turned;
    }
}
