using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>
/// Reads a JSON list row by row without holding the file in memory. The list is the root of the file or a named member of the
/// root object (the header around it may come before or after it). Files compressed with gzip are known by their first bytes.
/// </summary>
internal sealed class JsonRowReader
{
    private const int InitialBuffer = 64 * 1024;

    /// <summary>Beyond this one row is surely a damaged file, and memory is not spent on it.</summary>
    private const int LargestRow = 64 * 1024 * 1024;

    private readonly string _path;
    private readonly string _listName;
    private readonly string _rowName;
    private readonly Action<JsonRow> _onRow;
    private readonly Dictionary<string, string> _header = new(StringComparer.Ordinal);
    private Place _place = Place.Start;
    private bool _rootIsList;
    private bool _listSeen;
    private string? _pendingMember;
    private long _index;
    private long _offset;

    private JsonRowReader(string path, string listName, string rowName, Action<JsonRow> onRow)
    {
        _path = path;
        _listName = listName;
        _rowName = rowName;
        _onRow = onRow;
    }

    private enum Place
    {
        Start,
        Members,
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
        var reader = new JsonRowReader(path, listName, rowName, onRow);
        try
        {
            using var stream = DataFile.Open(path);
            reader.Run(stream);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{path}: not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} of that line: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // Of a text that no row's member names, such as one of the header.
            throw new InvalidDataException(
                $"{path}: {rowName} {reader._index} (byte {reader._offset}): a text in it is not in UTF-8: {e.Message}.", e);
        }

        return reader._header;
    }

    private void Run(Stream stream)
    {
        var buffer = new byte[InitialBuffer];
        var count = 0;
        var isFinal = false;
        var state = new JsonReaderState(new JsonReaderOptions { AllowTrailingCommas = false, CommentHandling = JsonCommentHandling.Disallow });
        var isFirst = true;
        while (!isFinal)
        {
            if (count == buffer.Length) buffer = Grow(buffer);
            var read = ReadFrom(stream, buffer.AsSpan(count));
            count += read;
            isFinal = read == 0;
            if (isFirst && TextBytes.OtherEncoding(buffer.AsSpan(0, count)) is { } encoding)
                throw new InvalidDataException($"{_path}: it is text in {encoding}; UTF-8 is expected.");
            var skip = isFirst ? TextBytes.MarkLength(buffer.AsSpan(0, count)) : 0;
            isFirst = false;
            var reader = new Utf8JsonReader(buffer.AsSpan(skip, count - skip), isFinal, state);
            ReadTokens(ref reader);
            state = reader.CurrentState;
            var consumed = skip + (int)reader.BytesConsumed;
            buffer.AsSpan(consumed, count - consumed).CopyTo(buffer);
            count -= consumed;
            _offset += consumed;
        }

        if (!_listSeen) throw new InvalidDataException($"{_path}: there is no list '{_listName}' in it.");
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

    private byte[] Grow(byte[] buffer)
    {
        if (buffer.Length >= LargestRow)
            throw new InvalidDataException($"{_path}: {_rowName} {_index} (byte {_offset}) is longer than {LargestRow} bytes.");
        Array.Resize(ref buffer, buffer.Length * 2);
        return buffer;
    }

    /// <summary>Goes on as far as the buffer holds whole rows or members; the rest stays for the next call.</summary>
    private void ReadTokens(ref Utf8JsonReader reader)
    {
        while (true)
        {
            // The reader is a value: going back to the copy gives back a row that the buffer cuts in two.
            var before = reader;
            var whole = _place switch
            {
                Place.Start => TryStart(ref reader),
                Place.Members => TryMember(ref reader),
                Place.List => TryRow(ref reader),
                _ => reader.Read(),
            };
            if (!whole)
            {
                reader = before;
                return;
            }
        }
    }

    private bool TryStart(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) return false;
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
            throw new InvalidDataException($"{_path}: an object with '{_listName}', or a list, is expected but the file holds one {reader.TokenType}.");
        _rootIsList = reader.TokenType == JsonTokenType.StartArray;
        _listSeen = _rootIsList;
        _place = _rootIsList ? Place.List : Place.Members;
        return true;
    }

    private bool TryMember(ref Utf8JsonReader reader)
    {
        if (_pendingMember is null)
        {
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.EndObject)
                _place = Place.End;
            else
                _pendingMember = JsonText.Of(reader.ValueSpan);
            return true;
        }

        if (_pendingMember == _listName)
        {
            if (!reader.Read()) return false;
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new InvalidDataException($"{_path}: '{_listName}' must be a list but is {reader.TokenType}.");
            if (_listSeen) throw new InvalidDataException($"{_path}: '{_listName}' is there twice.");
            _listSeen = true;
            _pendingMember = null;
            _place = Place.List;
            return true;
        }

        if (!JsonDocument.TryParseValue(ref reader, out var value)) return false;
        using (value)
        {
            if (value.RootElement.ValueKind == JsonValueKind.String) _header[_pendingMember] = JsonText.Of(value.RootElement);
        }

        _pendingMember = null;
        return true;
    }

    private bool TryRow(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) return false;
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            _place = _rootIsList ? Place.End : Place.Members;
            return true;
        }

        var start = _offset + reader.TokenStartIndex;
        if (!JsonDocument.TryParseValue(ref reader, out var row)) return false;
        using (row)
            _onRow(new JsonRow(_path, _rowName, _index, start, row.RootElement));
        _index++;
        return true;
    }
}
