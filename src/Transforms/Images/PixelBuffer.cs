using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// A picture of four bytes a pixel, blue green red alpha, outside the managed heap so that it goes at once when it is done with.
/// </summary>
internal sealed unsafe class PixelBuffer : IDisposable
{
    private const int BytesPerPixel = 4;

    private void* _memory;

    public PixelBuffer(int width, int height)
    {
        Width = width;
        Height = height;
        _memory = NativeMemory.Alloc((nuint)Bytes);
        GC.AddMemoryPressure(Bytes);
    }

    ~PixelBuffer() => Free();

    public int Width { get; }

    public int Height { get; }

    public IntPtr Address => (IntPtr)_memory;

    public int RowBytes => Width * BytesPerPixel;

    private long Bytes => (long)Width * Height * BytesPerPixel;

    public Span<byte> Row(int y) => new((byte*)_memory + (long)y * RowBytes, RowBytes);

    /// <summary>The picture as ML.NET keeps it.</summary>
    public MLImage ToImage()
    {
        var image = MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Bgra32, new ReadOnlySpan<byte>(_memory, checked((int)Bytes)));
        ImageMemory.Count(image, Bytes);
        return image;
    }

    /// <summary>The picture as EXIF orientation 2 to 8 says that it is to be seen.</summary>
    public PixelBuffer Turn(int orientation)
    {
        var lies = orientation >= 5;
        var turned = lies ? new PixelBuffer(Height, Width) : new PixelBuffer(Width, Height);
        var (right, bottom) = (Width - 1, Height - 1);
        for (var y = 0; y < turned.Height; y++)
        {
            var row = MemoryMarshal.Cast<byte, uint>(turned.Row(y));
            for (var x = 0; x < row.Length; x++)
            {
                var (fromX, fromY) = orientation switch
                {
                    2 => (right - x, y),
                    3 => (right - x, bottom - y),
                    4 => (x, bottom - y),
                    5 => (y, x),
                    6 => (y, bottom - x),
                    7 => (right - y, bottom - x),
                    8 => (right - y, x),
                    _ => (x, y),
                };
                row[x] = ((uint*)_memory)[(long)fromY * Width + fromX];
            }
        }

        return turned;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_memory == null) return;
        NativeMemory.Free(_memory);
        _memory = null;
        GC.RemoveMemoryPressure(Bytes);
    }
}
