using System.Runtime.InteropServices;

namespace Microsoft.ML.Data;

/// <summary>JPEG through libjpeg-turbo's TurboJPEG interface (version 2, as in Debian's libturbojpeg0).</summary>
internal static unsafe class JpegCodec
{
    private const string Library = "libturbojpeg.so.0";
    private const int FormatBgra = 8;
    private const int FormatCmyk = 11;
    private const int ColorSpaceCmyk = 3;
    private const int ColorSpaceYcck = 4;
    private const int Subsampling420 = 2;
    private const int AccurateDct = 4096;
    private const int ErrorIsWarning = 0;

    public static DecodedImage Decode(ReadOnlySpan<byte> file)
    {
        var handle = tjInitDecompress();
        try
        {
            fixed (byte* data = file)
            {
                // A failure with a size known is about a chroma layout that only concerns output in planes.
                var header = tjDecompressHeader3(handle, data, (nuint)file.Length, out var width, out var height, out _, out var colorSpace);
                if (header != 0 && (width <= 0 || height <= 0))
                    throw new ImageFormatException("JPEG: " + LastError(handle));

                var pixels = ImageCodec.AllocatePixels(width, height);
                var cmyk = colorSpace is ColorSpaceCmyk or ColorSpaceYcck;
                fixed (byte* target = pixels)
                {
                    var status = tjDecompress2(
                        handle, data, (nuint)file.Length, target, width, 0, height, cmyk ? FormatCmyk : FormatBgra, AccurateDct);
                    if (status != 0 && IsFatal(handle))
                        throw new ImageFormatException("JPEG: " + LastError(handle));
                }
                if (cmyk)
                    CmykToBgra(pixels);
                return new DecodedImage(width, height, pixels);
            }
        }
        finally
        {
            tjDestroy(handle);
        }
    }

    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> bgra, int quality)
    {
        var handle = tjInitCompress();
        var buffer = IntPtr.Zero;
        try
        {
            nuint size = 0;
            fixed (byte* source = bgra)
            {
                if (tjCompress2(handle, source, width, 0, height, FormatBgra, ref buffer, ref size, Subsampling420, quality, AccurateDct) != 0)
                    throw new InvalidOperationException("JPEG: " + LastError(handle));
            }
            return new ReadOnlySpan<byte>((void*)buffer, checked((int)size)).ToArray();
        }
        finally
        {
            if (buffer != IntPtr.Zero)
                tjFree(buffer);
            tjDestroy(handle);
        }
    }

    /// <summary>Warnings are repaired damage, except the one for a file that ends before its picture does.</summary>
    private static bool IsFatal(IntPtr handle)
        => tjGetErrorCode(handle) != ErrorIsWarning || LastError(handle).Contains("Premature end of JPEG file", StringComparison.Ordinal);

    private static string LastError(IntPtr handle) => Marshal.PtrToStringUTF8(tjGetErrorStr2(handle));

    /// <summary>Files with four inks hold them inverted (255 is no ink), as Adobe's programs have always written them.</summary>
    private static void CmykToBgra(Span<byte> pixels)
    {
        for (var i = 0; i < pixels.Length; i += 4)
        {
            int cyan = pixels[i], magenta = pixels[i + 1], yellow = pixels[i + 2], black = pixels[i + 3];
            pixels[i] = Multiply(yellow, black);
            pixels[i + 1] = Multiply(magenta, black);
            pixels[i + 2] = Multiply(cyan, black);
            pixels[i + 3] = 255;
        }
    }

    private static byte Multiply(int a, int b) => (byte)((a * b + 127) / 255);

    [DllImport(Library)]
    private static extern IntPtr tjInitDecompress();

    [DllImport(Library)]
    private static extern int tjDecompressHeader3(
        IntPtr handle, byte* data, nuint size, out int width, out int height, out int subsampling, out int colorSpace);

    [DllImport(Library)]
    private static extern int tjDecompress2(
        IntPtr handle, byte* data, nuint size, byte* target, int width, int pitch, int height, int pixelFormat, int flags);

    [DllImport(Library)]
    private static extern IntPtr tjInitCompress();

    [DllImport(Library)]
    private static extern int tjCompress2(
        IntPtr handle, byte* source, int width, int pitch, int height, int pixelFormat,
        ref IntPtr buffer, ref nuint size, int subsampling, int quality, int flags);

    [DllImport(Library)]
    private static extern int tjGetErrorCode(IntPtr handle);

    [DllImport(Library)]
    private static extern IntPtr tjGetErrorStr2(IntPtr handle);

    [DllImport(Library)]
    private static extern void tjFree(IntPtr buffer);

    [DllImport(Library)]
    private static extern int tjDestroy(IntPtr handle);
}
