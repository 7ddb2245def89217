using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Tells the garbage collector how large the pixels of an ML.NET image are, which lie outside its sight. Nobody disposes the images of a
/// column, so without it thousands of them wait for a collection that nothing asks for.
/// </summary>
internal sealed class ImageMemory
{
    private static readonly ConditionalWeakTable<MLImage, ImageMemory> Counted = [];

    private readonly long _bytes;

    private ImageMemory(long bytes)
    {
        _bytes = bytes;
        GC.AddMemoryPressure(bytes);
    }

    ~ImageMemory() => GC.RemoveMemoryPressure(_bytes);

    public static void Count(MLImage image, long bytes) => Counted.Add(image, new ImageMemory(bytes));
}
