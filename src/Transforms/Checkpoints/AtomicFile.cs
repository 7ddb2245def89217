using MLNet.VisionLanguage.Files;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>Replaces a file as a whole: readers see the old one or the new one, never a half.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes beside the file, flushes to the disk and renames. If anything fails the part written is removed and the old file,
    /// if any, is left as it was.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        var temporary = TemporaryFiles.Beside(full);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            // Also when the disk is full: what was written must not take the room a retry needs.
            File.Delete(temporary);
            throw;
        }
        finally
        {
            TemporaryFiles.Forget(temporary);
        }
    }

    /// <summary>Writes a text in UTF-8.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(TextEncoding.UTF8.GetBytes(text)));
}
