using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>
/// Reads a JSON list row by row without holding the file in memory. The list is the root of the file or a named member of the root object;
/// what stands around it, the header and other lists, may come before or after it. Without a name the members of the root object are the
/// rows. Files compressed with gzip are known by their first bytes.
/// </summary>
internal sealed class JsonRowReader
{
    private const int InitialBuffer = 64 * 1024;

    /// <summary>Beyond this one row is surely a damaged file, and memory is not spent on it.</summary>
    private const int LargestRow = 64 * 1024 * 1024;

    private readonly string _path;
    private readonly string? _listName;
    private readonly string _rowName;
    private readonly Dictionary<string, string> _header = new(StringComparer.Ordinal);
    private byte[] _buffer = new byte[InitialBuffer];
    private int _start;
    private int _end;
    private bool _isFinal;
    private JsonReaderState _state = new(new JsonReaderOptions { AllowTrailingCommas = false, CommentHandling = JsonCommentHandling.Disallow });
    private Place _place = Place.Start;
    private bool _rootIsList;
    private bool _listSeen;
    private string? _pendingMember;
    private long _index;
    private long _offset;

    private JsonRowReader(string path, string? listName, string rowName) => (_path, _listName, _rowName) = (path, listName, rowName);

    /// <summary>What a file of these rows is.</summary>
    private string Expected => _listName is null ? $"a JSON object with a member for each {_rowName}" : $"a JSON object with '{_listName}', or a list,";

    private enum Place
    {
        Start,
        Members,
        Skipped,
        List,
        End,
    }

    /// <summary>Reads the whole file.</summary>
    /// <param name="path">A .json or .json.gz file.</param>
    /// <param name="listName">The member that holds the list when the root is an object.</param>
    /// <param name="rowName">What a row is called in messages.</param>
    /// <param name="onRow">Called for every row in file order; the row's element is only valid during the call.</param>
    /// <returns>The members of the root object that are strings.</returns>
    public static IReadOnlyDictionary<string, string> Read(string path, string listName, string rowName, Action<JsonRow> onRow)
    {
        var reader = new JsonRowReader(path, listName, rowName);
        foreach (var _ in reader.Rows(row =>
        {
            onRow(row);
            return true;
        })) ;
        return reader._header;
    }

    /// <summary>Reads the rows one by one as they are asked for.</summary>
    /// <param name="path">A .json or .json.gz file.</param>
    /// <param name="listName">The member that holds the list when the root is an object; null when its members are the rows.</param>
    /// <param name="rowName">What a row is called in messages.</param>
    /// <param name="parse">What becomes of a row; its element is only valid during the call.</param>
    public static IEnumerable<T> Rows<T>(string path, string? listName, string rowName, Func<JsonRow, T> parse)
    {
        foreach (var parsed in new JsonRowReader(path, listName, rowName).Rows(parse)) yield return parsed;
    }

    private IEnumerable<T> Rows<T>(Func<JsonRow, T> parse)
    {
        using var stream = DataFile.Open(_path);
        while (Next(stream, parse, out var parsed)) yield return parsed;
    }

    private bool Next<T>(Stream stream, Func<JsonRow, T> parse, out T parsed)
    {
        try
        {
            if (Find(stream, out var element, out var key, out var offset))
            {
                using (element)
                    parsed = parse(new JsonRow(_path, _rowName, _index, offset, element.RootElement) { Key = key });
                _index++;
                return true;
            }
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{_path}: not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} of that line: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // Of a text that no row's member names, such as one of the header.
            throw new InvalidDataException($"{_path}: {_rowName} {_index} (byte {_offset}): a text in it is not in UTF-8: {e.Message}.", e);
        }

        parsed = default!;
        return false;
    }

    /// <summary>Goes on to the next row; false at the end of the file.</summary>
    private bool Find(Stream stream, [NotNullWhen(true)] out JsonDocument? row, out string key, out long offset)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _isFinal, _state);
            var place = ReadTokens(ref reader, out row, out key);
            offset = _offset + place;
            _state = reader.CurrentState;
            _start += (int)reader.BytesConsumed;
            _offset += reader.BytesConsumed;
            if (row is not null) return true;
            if (_isFinal) break;
            ReadMore(stream);
        }

        return _listSeen ? false : throw new InvalidDataException($"{_path}: there is no list '{_listName}' in it.");
    }

    private void ReadMore(Stream stream)
    {
        var isFirst = _end == 0 && _offset == 0;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            if (_end >= LargestRow)
                throw new InvalidDataException($"{_path}: {_rowName} {_index} (byte {_offset}) is longer than {LargestRow} bytes.");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = ReadFrom(stream, _buffer.AsSpan(_end));
        _end += read;
        _isFinal = read == 0;
        if (_isFinal && _place == Place.Start && _buffer.AsSpan(_start, _end - _start).Trim(" \t\r\n"u8).IsEmpty)
            throw new InvalidDataException($"{_path}: the file is empty; {Expected} is expected.");
        if (!isFirst) return;
        if (TextBytes.OtherEncoding(_buffer.AsSpan(0, _end)) is { } encoding)
            throw new InvalidDataException($"{_path}: it is text in {encoding}; UTF-8 is expected.");
        _start = TextBytes.MarkLength(_buffer.AsSpan(0, _end));
        _offset = _start;
    }

    private int ReadFrom(Stream stream, Span<byte> target)
    {
        try
        {
            return stream.Read(target);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{_path}: the gzip data is damaged after {_offset} bytes of content: {e.Message}", e);
        }
    }

    /// <summary>Goes on to a row, or as far as the buffer holds whole rows and names of members; the rest stays for the next call.</summary>
    private long ReadTokens(ref Utf8JsonReader reader, out JsonDocument? row, out string key)
    {
        (row, key) = (null, "");
        var start = 0L;
        while (row is null)
        {
            // The reader is a value: going back to the copy gives back a row that the buffer cuts in two.
            var before = reader;
            var whole = _place switch
            {
                Place.Start => TryStart(ref reader),
                Place.Members => TryMember(ref reader, out row, out key, out start),
                Place.Skipped => TrySkip(ref reader),
                Place.List => TryRow(ref reader, out row, out start),
                _ => reader.Read(),
            };
            if (!whole)
            {
                reader = before;
                break;
            }
        }

        return start;
    }

    private bool TryStart(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) return false;
        _rootIsList = reader.TokenType == JsonTokenType.StartArray && _listName is not null;
        if (!_rootIsList && reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidDataException($"{_path}: {Expected} is expected but the file holds one {reader.TokenType}.");
        }

        _listSeen = _rootIsList || _listName is null;
        _place = _rootIsList ? Place.List : Place.Members;
        return true;
    }

    private bool TryMember(ref Utf8JsonReader reader, out JsonDocument? row, out string key, out long start)
    {
        (row, key, start) = (null, _pendingMember ?? "", 0);
        if (_pendingMember is null)
        {
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.EndObject)
                _place = Place.End;
            else
                _pendingMember = JsonText.Of(reader.ValueSpan);
            return true;
        }

        if (!reader.Read()) return false;
        start = reader.TokenStartIndex;
        if (_listName is null)
        {
            if (!JsonDocument.TryParseValue(ref reader, out row)) return false;
        }
        else if (_pendingMember == _listName)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new InvalidDataException($"{_path}: '{_listName}' must be a list but is {reader.TokenType}.");
            if (_listSeen) throw new InvalidDataException($"{_path}: '{_listName}' is there twice.");
            _listSeen = true;
            _place = Place.List;
        }
        else if (reader.TokenType == JsonTokenType.String)
        {
            _header[_pendingMember] = JsonText.Of(reader.ValueSpan);
        }
        else if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            _place = Place.Skipped;
        }

        _pendingMember = null;
        return true;
    }

    /// <summary>Other lists may be far longer than a buffer, so that they are passed over token by token.</summary>
    private bool TrySkip(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) return false;
        if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.EndArray or JsonTokenType.EndObject }) _place = Place.Members;
        return true;
    }

    private bool TryRow(ref Utf8JsonReader reader, out JsonDocument? row, out long start)
    {
        (row, start) = (null, 0);
        if (!reader.Read()) return false;
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            _place = _rootIsList ? Place.End : Place.Members;
            return true;
        }

        start = reader.TokenStartIndex;
        return JsonDocument.TryParseValue(ref reader, out row);
    }
}
