using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Files;

/// <summary>
/// An array that NumPy saved (.npy, versions 1 to 3): numbers in row-major order. Pickled objects are refused, and nothing is run.
/// </summary>
internal sealed partial class NpyFile
{
    private const int LargestFile = 1 << 30;
    private const int LargestHeader = 1 << 20;

    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    private readonly byte[] _bytes;
    private readonly int _start;

    private NpyFile(string path, byte[] bytes, int start, string type, int[] shape, int itemSize, bool isColumnMajor)
    {
        (Path, _bytes, _start, Type, Shape, ItemSize, IsColumnMajor) = (path, bytes, start, type, shape, itemSize, isColumnMajor);
    }

    public string Path { get; }

    /// <summary>NumPy's name of the elements' type: "|u1", "&lt;f4".</summary>
    public string Type { get; }

    public IReadOnlyList<int> Shape { get; }

    /// <summary>Whether the first axis runs fastest; only where it was allowed.</summary>
    public bool IsColumnMajor { get; }

    /// <summary>All numbers, as they are stored.</summary>
    public ReadOnlyMemory<byte> Numbers => _bytes.AsMemory(_start);

    /// <summary>The bytes of what stands at one place of the first axis.</summary>
    private int ItemSize { get; }

    /// <summary>Whether a file begins as this format does.</summary>
    public static bool IsHead(ReadOnlySpan<byte> head) => head.StartsWith(Magic);

    /// <summary>Reads a file, which may be compressed with gzip.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such array.</exception>
    public static NpyFile Read(string path) => Parse(path, DataFile.ReadAll(path, LargestFile));

    /// <summary>Reads an array of a file that has several, such as .npz.</summary>
    /// <param name="path">The place, for messages.</param>
    /// <param name="bytes">The array's part of it.</param>
    /// <param name="allowsColumnMajor">Whether the first axis may run fastest.</param>
    /// <exception cref="InvalidDataException">It is no such array.</exception>
    public static NpyFile Parse(string path, byte[] bytes, bool allowsColumnMajor = false)
    {
        if (bytes.Length < 12 || !bytes.AsSpan().StartsWith(Magic) || bytes[6] is < 1 or > 3) throw Bad("it does not begin as one", 0);
        var start = bytes[6] == 1 ? 10 : 12;
        var length = bytes[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        if (length > LargestHeader || length > bytes.Length - start) throw Bad($"its header is to have {length} bytes", 8);
        var header = TextEncoding.Latin1.GetString(bytes, start, (int)length);
        start += (int)length;
        if (Header().Match(header) is not { Success: true } match) throw Bad($"its header is '{header.Trim()}'", 10);
        var (type, dimensions) = (match.Groups["type"].Value, match.Groups["size"].Captures);
        var isColumnMajor = match.Groups["order"].Value == "True";
        if (isColumnMajor && !allowsColumnMajor) throw Bad("it is in column-major order", 10);
        if (!ElementType().IsMatch(type))
        {
            var why = type.EndsWith('O') ? ", and these are Python objects in a pickle, which is not run" : "";
            throw Bad($"its elements are of type '{type}'; numbers are expected{why}", 10);
        }


        // Sizes that multiply to more than the file has are found before anything is made of them.
        var (shape, size) = (new int[dimensions.Count], long.Parse(type.AsSpan(2), CultureInfo.InvariantCulture));
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            if (!int.TryParse(dimensions[i].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out shape[i]))
                throw Bad($"its header is '{header.Trim()}'", 10);
            if (i > 0) size *= shape[i];
            if (size > LargestFile) throw Bad($"it is too large: its header is '{header.Trim()}'", 10);
        }

        var whole = size * (shape.Length == 0 ? 1 : shape[0]);
        if (whole != bytes.Length - start) throw Bad($"its header asks for {whole} bytes of numbers but {bytes.Length - start} follow", start);
        return new(path, bytes, start, type, shape, (int)size, isColumnMajor);

        InvalidDataException Bad(string problem, int position) => new($"{path}: byte {position}: this is no array as NumPy saves it: {problem}.");
    }

    /// <summary>The bytes of what stands at one place of the first axis.</summary>
    public ReadOnlySpan<byte> Item(int index) => _bytes.AsSpan(_start + (index * ItemSize), ItemSize);

    public override string ToString() => $"'{Type}' of shape {string.Join(" × ", Shape)}";

    [GeneratedRegex(
        @"^\{'descr': '(?<type>[^']+)', 'fortran_order': (?<order>True|False), 'shape': \((?:(?<size>\d{1,10})L?, ?)*(?:(?<size>\d{1,10})L?)?\),? ?\}\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    [GeneratedRegex(@"^[<|=][biuf][1248]\z", RegexOptions.CultureInvariant)]
    private static partial Regex ElementType();
}
