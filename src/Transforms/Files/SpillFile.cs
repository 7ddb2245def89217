using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Files;

/// <summary>
/// A temporary file for values that are too many for memory: they are appended by one thread and then read at their places by any. It goes
/// with the process, however that ends.
/// </summary>
internal sealed class SpillFile : IDisposable
{
    private readonly FileStream _file;
    private readonly string _content;

    /// <param name="folder">Where the file goes; made when it is missing.</param>
    /// <param name="content">What is in it, for its name and for messages: "regions".</param>
    public SpillFile(string folder, string content)
    {
        _content = content;
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{content}-{Guid.NewGuid():N}.tmp");
        var options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, options);
        // An open file without a name stays until it is closed, also by a kill: nobody has to clean up after one.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    /// <summary>Where the next values go.</summary>
    public long End { get; private set; }

    public void Append<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        _file.Write(bytes);
        End += bytes.Length;
    }

    /// <summary>Makes what was appended readable.</summary>
    public void Flush() => _file.Flush();

    /// <summary>Reads values that were appended and flushed.</summary>
    /// <param name="place">The place of the first, in bytes.</param>
    /// <param name="target">Is filled.</param>
    /// <returns>The place after the last.</returns>
    public long Read<T>(long place, Span<T> target)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(target);
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(_file.SafeFileHandle, bytes[done..], place + done);
            if (read == 0) throw new EndOfStreamException($"The temporary file of {_content} was cut short.");
            done += read;
        }

        return place + bytes.Length;
    }

    public void Dispose() => _file.Dispose();
}
