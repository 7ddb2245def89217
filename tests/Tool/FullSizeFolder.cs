using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Where a test of a full-size model works: the folder that VL_FULL_SIZE names, where its checkpoint stays, else a temporary one.</summary>
internal sealed class FullSizeFolder : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly string _path;

    public FullSizeFolder()
    {
        _path = Environment.GetEnvironmentVariable("VL_FULL_SIZE") is { Length: > 0 } given ? given : _temporary.Path;
        Directory.CreateDirectory(_path);
    }

    public string File(string name) => Path.Combine(_path, name);

    public void Dispose() => _temporary.Dispose();

    /// <summary>A vocabulary of special tokens and "w5", "w6", ...; its path.</summary>
    public string Words(string name, int count)
    {
        System.IO.File.WriteAllLines(File(name), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(5, count - 5).Select(i => $"w{i}")]);
        return File(name);
    }

    /// <summary>A picture of noise; its path.</summary>
    public string Noise(string name, int width, int height)
    {
        var pixels = new byte[width * height * 4];
        new Random(3).NextBytes(pixels);
        for (var i = 3; i < pixels.Length; i += 4) pixels[i] = 255;
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        image.Save(File(name));
        return File(name);
    }

    /// <summary>Random weights, unless the file is there already; its path.</summary>
    /// <param name="name">The file.</param>
    /// <param name="parameters">Names and shapes, and what the values lie around.</param>
    public string Weights(string name, IEnumerable<(string Name, IReadOnlyList<long> Shape, float Middle)> parameters)
    {
        if (System.IO.File.Exists(File(name))) return File(name);
        SafeTensors.Write(File(name), parameters.Select(parameter => new NamedTensor(parameter.Name, TensorElementType.Float32, parameter.Shape, stream =>
        {
            var random = new Random(parameter.Name.Length);
            var values = new float[parameter.Shape.Aggregate(1L, (product, side) => product * side)];
            for (var i = 0; i < values.Length; i++) values[i] = parameter.Middle + ((random.NextSingle() - 0.5f) * 0.04f);
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        })));
        return File(name);
    }
}
