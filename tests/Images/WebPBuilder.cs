using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Puts WebP files together from chunks.</summary>
internal static class WebPBuilder
{
    /// <summary>The picture chunk of a simple file.</summary>
    public static (string Type, byte[] Data) Picture(byte[] simple)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(simple.AsSpan(16));
        return (System.Text.Encoding.ASCII.GetString(simple, 12, 4), simple[20..(20 + length)]);
    }

    /// <summary>A file with the extended header.</summary>
    public static byte[] Extended(int width, int height, int flags, params (string Type, byte[] Data)[] chunks) =>
        File([("VP8X", [(byte)flags, 0, 0, 0, .. Bytes24(width - 1), .. Bytes24(height - 1)]), .. chunks]);

    /// <summary>An animation with one frame on a canvas.</summary>
    public static byte[] Animation(
        int width, int height, params (int X, int Y, int Width, int Height, (string Type, byte[] Data) Picture)[] frames) =>
        Extended(width, height, flags: 0x12, [("ANIM", [255, 255, 255, 255, 0, 0]), .. frames.Select(Frame)]);

    public static byte[] File(IEnumerable<(string Type, byte[] Data)> chunks)
    {
        byte[] content = [.. "WEBP"u8, .. chunks.SelectMany(chunk => Chunk(chunk.Type, chunk.Data))];
        return [.. "RIFF"u8, .. Bytes32(content.Length), .. content];
    }

    private static (string Type, byte[] Data) Frame((int X, int Y, int Width, int Height, (string Type, byte[] Data) Picture) f) =>
        ("ANMF",
        [
            .. Bytes24(f.X / 2), .. Bytes24(f.Y / 2), .. Bytes24(f.Width - 1), .. Bytes24(f.Height - 1), 100, 0, 0, 0,
            .. Chunk(f.Picture.Type, f.Picture.Data),
        ]);

    private static byte[] Chunk(string type, byte[] data) =>
        [.. System.Text.Encoding.ASCII.GetBytes(type), .. Bytes32(data.Length), .. data, .. new byte[data.Length % 2]];

    private static byte[] Bytes24(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];

    private static byte[] Bytes32(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)];
}
