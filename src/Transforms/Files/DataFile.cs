using System.IO.Compression;

namespace MLNet.VisionLanguage.Files;

/// <summary>Files of data sets, which may be compressed; gzip is told by content, not by name.</summary>
internal static class DataFile
{
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Stream Open(string path)
    {
        if (Directory.Exists(path)) throw new FileNotFoundException($"'{path}' is a folder; a file is expected.", path);
        if (!File.Exists(path)) throw new FileNotFoundException($"The file '{path}' does not exist.", path);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        var isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>Reads on, naming the file when its gzip data is damaged.</summary>
    /// <exception cref="InvalidDataException">The gzip data is damaged.</exception>
    public static int Read(Stream stream, Span<byte> target, string path)
    {
        try
        {
            return stream.Read(target);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: the gzip data is damaged: {e.Message}", e);
        }
    }

    /// <summary>All of a file, unpacked.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes it may have.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is longer, or its gzip data is damaged.</exception>
    public static byte[] ReadAll(string path, int limit)
    {
        using var stream = Open(path);
        using var content = new MemoryStream();
        var block = new byte[1 << 16];
        for (int read; (read = Read(stream, block, path)) > 0;)
        {
            content.Write(block.AsSpan(0, read));
            if (content.Length > limit) throw new InvalidDataException($"{path}: it is longer than {limit} bytes.");
        }

        return content.ToArray();
    }

    /// <summary>A handle for reading here and there; what is compressed is unpacked into a temporary file, gone when it is closed.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="InvalidDataException">The gzip data is damaged.</exception>
    public static FileStream OpenRandom(string path)
    {
        var source = Open(path);
        if (source is FileStream plain) return plain;
        using (source)
        {
            var unpacked = new FileStream(
                TemporaryFiles.NewPath("unpacked"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
            try
            {
                var block = new byte[1 << 16];
                for (int read; (read = Read(source, block, path)) > 0;) unpacked.Write(block.AsSpan(0, read));
                unpacked.Flush();
                return unpacked;
            }
            catch
            {
                unpacked.Dispose();
                throw;
            }
        }
    }
}
