using System.Text.Unicode;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Files;

/// <summary>Reads text files: UTF-8 with or without its mark, lines that end in LF or CR LF, compressed with gzip or not.</summary>
internal static class TextFile
{
    /// <summary>Configurations and vocabularies have a few megabytes at most.</summary>
    private const int LargestText = 64 << 20;

    private const int LongestLine = 64 << 20;

    /// <summary>A whole file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no UTF-8: the message names file and line.</exception>
    public static string ReadAllText(string path) => Decode(path, DataFile.ReadAll(path, LargestText));

    /// <summary>The text of a file's bytes.</summary>
    public static string Decode(string path, ReadOnlySpan<byte> bytes) => TextBytes.ProblemOf(bytes) is { } problem
        ? throw new InvalidDataException($"{path}: {problem}.")
        : TextEncoding.UTF8.GetString(bytes[TextBytes.MarkLength(bytes)..]);

    /// <summary>The lines of a file, one by one.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no UTF-8 or endless: the message names file and line.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        using var stream = DataFile.Open(path);
        foreach (var line in ReadLines(stream, path)) yield return line;
    }

    /// <summary>The lines of a stream, each as soon as it is there.</summary>
    public static IEnumerable<string> ReadLines(Stream stream, string name)
    {
        var buffer = new byte[1 << 16];
        var (start, end) = (0, 0);
        for (var number = 1; ;)
        {
            var feed = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                yield return Line(buffer.AsSpan(start, feed), name, number++);
                start += feed + 1;
                continue;
            }

            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            if (end > LongestLine) throw new InvalidDataException($"{name}: line {number} is longer than {LongestLine} bytes.");
            if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            var read = DataFile.Read(stream, buffer.AsSpan(end), name);
            if (read == 0)
            {
                if (end > 0) yield return Line(buffer.AsSpan(0, end), name, number);
                yield break;
            }

            end += read;
        }
    }

    private static string Line(ReadOnlySpan<byte> line, string name, int number)
    {
        if (number == 1)
        {
            if (TextBytes.OtherEncoding(line) is { } encoding)
                throw new InvalidDataException($"{name}: line 1: it is text in {encoding}; UTF-8 is expected.");
            line = line[TextBytes.MarkLength(line)..];
        }

        return Utf8.IsValid(line)
            ? TextEncoding.UTF8.GetString(line.TrimEnd((byte)'\r'))
            : throw new InvalidDataException($"{name}: line {number} is not text in UTF-8: {TextBytes.Invalid(line)}.");
    }
}
