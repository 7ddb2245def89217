namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>
/// Runs the pickle programs that torch.save writes (protocols 0 to 4), building plain containers and descriptions of tensors.
/// It cannot execute anything: a global that is not in <see cref="PickleGlobals"/>, and whatever is made with it, is a placeholder
/// (<see cref="PickleOpaque"/>) that keeps the name alone.
/// Work and memory are limited by the number of opcodes, which is limited by the length of the file and by a constant.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="view">Its bytes.</param>
/// <param name="length">How many.</param>
/// <param name="maxWork">The most steps; what is data and no description of tensors may need more than <see cref="MaxWork"/>.</param>
/// <param name="readsArrays">Whether NumPy's arrays are read (<see cref="PickleArrays"/>), which checkpoints do not have.</param>
internal sealed class PickleMachine(string path, StorageView view, long length, int maxWork = PickleMachine.MaxWork, bool readsArrays = false)
{
    /// <summary>Bytes of pickled description read at most; the numbers of the tensors are not part of it.</summary>
    public const long MaxLength = 64L << 20;

    public const int MaxNameLength = 256;

    /// <summary>A step makes up to about 80 bytes, so that no file takes more than 200 MB.</summary>
    private const int MaxWork = 1 << 21;
    private const int MaxProtocol = 5;

    private readonly PickleReader _reader = new(path, view, length);
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly List<object?> _memo = [];
    private int _work;

    /// <summary>Where the next pickle begins.</summary>
    public long Position => _reader.Position;

    /// <summary>The storages that were named, by key.</summary>
    public Dictionary<string, TorchStorageRef> Storages { get; } = new(StringComparer.Ordinal);

    /// <summary>The storages whose elements are of a type that is not read, by key: the name of the type.</summary>
    public Dictionary<string, string> OpaqueStorages { get; } = new(StringComparer.Ordinal);

    public CheckpointFormatException Bad(string problem) => _reader.Bad(problem);

    public static string Shorten(string text) => text.Length <= 80 ? text : text[..77] + "...";

    /// <summary>Counts work that a single opcode can make more than constant.</summary>
    public void Charge(int work)
    {
        _work += Math.Min(work, maxWork);
        if (_work > maxWork) throw Bad($"more than {maxWork} steps are needed");
    }

    public void ChargeKey(object? key) => Charge(1 + ((key as string)?.Length ?? 0) / 32);

    /// <summary>Runs one pickle up to its STOP and returns what it built.</summary>
    public object? Load()
    {
        _stack.Clear();
        _marks.Clear();
        _memo.Clear();
        while (true)
        {
            Charge(1);
            var opcode = _reader.ReadByte();
            if (opcode == '.') return Pop();
            Execute(opcode);
        }
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                if (_reader.ReadByte() is var protocol and > MaxProtocol) throw Bad($"pickle protocol {protocol} is not known");
                break;
            case 0x95: // FRAME: only a hint for buffering
                _reader.ReadUInt64();
                break;
            case (byte)'(': // MARK
                _marks.Add(_stack.Count);
                break;
            case (byte)'0': // POP
                if (_marks.Count > 0 && _marks[^1] == _stack.Count)
                    _marks.RemoveAt(_marks.Count - 1);
                else
                    Pop();
                break;
            case (byte)'1': // POP_MARK
                PopToMark();
                break;
            case (byte)'2': // DUP
                Push(Peek());
                break;
            case (byte)'N' or 0x88 or 0x89: // NONE, NEWTRUE, NEWFALSE
                Push(opcode == 'N' ? null : opcode == 0x88);
                break;
            case (byte)'I' or (byte)'L' or (byte)'J' or (byte)'K' or (byte)'M' or 0x8a or 0x8b or (byte)'F' or (byte)'G':
                Push(Number(opcode));
                break;
            case (byte)'S' or (byte)'T' or (byte)'U' or (byte)'V' or (byte)'X' or 0x8c or 0x8d or (byte)'B' or (byte)'C' or 0x8e or 0x96:
                Push(Text(opcode));
                break;
            case (byte)'p' or (byte)'q' or (byte)'r' or 0x94: // PUT, BINPUT, LONG_BINPUT, MEMOIZE
                Remember(opcode);
                break;
            case (byte)'g' or (byte)'h' or (byte)'j': // GET, BINGET, LONG_BINGET
                Recall(opcode);
                break;
            case (byte)'c': // GLOBAL
                Push(Find(_reader.ReadLine(), _reader.ReadLine()));
                break;
            case 0x93: // STACK_GLOBAL
                var name = PopText();
                Push(Find(PopText(), name));
                break;
            case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                CallWith(Pop());
                break;
            case 0x92: // NEWOBJ_EX: named arguments only go to placeholders
                Pop();
                CallWith(Pop());
                break;
            case (byte)'b': // BUILD: attributes (an OrderedDict's _metadata) carry nothing needed here
                var state = Pop();
                if (readsArrays && PickleArrays.Build(this, Peek(), state)) break;
                if (Peek() is not (PickleDict or PickleOpaque or TorchTensorRef))
                    throw Bad("attributes are set on something else than an object");
                break;
            case (byte)'Q': // BINPERSID
                Push(Persistent(Pop()));
                break;
            case (byte)'i': // INST
                Call(Find(_reader.ReadLine(), _reader.ReadLine()), PopToMark());
                break;
            case (byte)'o': // OBJ
                if (PopToMark() is not [var type, .. var rest]) throw Bad("an object is made of nothing");
                Call(type, rest);
                break;
            case 0x82 or 0x83 or 0x84: // EXT1, EXT2, EXT4: codes of a registry that only the writer has
                Push(new PickleOpaque("a registered extension", "copyreg extension " + Extension(opcode)));
                break;
            default:
                Collect(opcode);
                break;
        }
    }

    /// <summary>The opcodes that make and fill containers.</summary>
    private void Collect(byte opcode)
    {
        switch (opcode)
        {
            case (byte)')' or (byte)'t' or 0x85 or 0x86 or 0x87: // EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
                Push(new PickleTuple(opcode switch { (byte)')' => [], (byte)'t' => PopToMark(), _ => PopMany(opcode - 0x84) }));
                break;
            case (byte)']' or 0x8f: // EMPTY_LIST, EMPTY_SET
                Push(new PickleList());
                break;
            case (byte)'l' or 0x91: // LIST, FROZENSET
                var made = new PickleList();
                made.Items.AddRange(PopToMark());
                Push(made);
                break;
            case (byte)'a' or (byte)'e' or 0x90: // APPEND, APPENDS, ADDITEMS
                var added = opcode == 'a' ? PopMany(1) : PopToMark();
                if (Peek() is PickleOpaque) break;
                if (Peek() is not PickleList list) throw Bad("items are added to something else than a list");
                list.Items.AddRange(added);
                break;
            case (byte)'}': // EMPTY_DICT
                Push(new PickleDict());
                break;
            case (byte)'d': // DICT
                var pairs = PopToMark();
                var dict = new PickleDict();
                SetAll(dict, pairs);
                Push(dict);
                break;
            case (byte)'s' or (byte)'u': // SETITEM, SETITEMS
                var items = opcode == 's' ? PopMany(2) : PopToMark();
                if (Peek() is PickleOpaque) break;
                if (Peek() is not PickleDict target) throw Bad("items are set on something else than a dictionary");
                SetAll(target, items);
                break;
            default:
                throw Bad($"opcode 0x{opcode:x2} is not one of them");
        }
    }

    private object Number(byte opcode) => opcode switch
    {
        (byte)'I' => _reader.ReadDecimalOrFlag(),
        (byte)'L' => _reader.ReadDecimal(),
        (byte)'J' => (long)_reader.ReadInt32(),
        (byte)'K' => (long)_reader.ReadByte(),
        (byte)'M' => (long)_reader.ReadUInt16(),
        0x8a => _reader.ReadLong(_reader.ReadByte()),
        0x8b => _reader.ReadLong(_reader.ReadUInt32()),
        (byte)'F' => _reader.ReadDecimalFloat(),
        _ => _reader.ReadDouble(),
    };

    private object Text(byte opcode) => opcode switch
    {
        (byte)'S' => _reader.ReadEscaped(quoted: true),
        (byte)'V' => _reader.ReadEscaped(quoted: false),
        (byte)'T' => _reader.ReadByteText(_reader.ReadUInt32()),
        (byte)'U' => _reader.ReadByteText(_reader.ReadByte()),
        (byte)'X' => _reader.ReadUtf8(_reader.ReadUInt32()),
        0x8c => _reader.ReadUtf8(_reader.ReadByte()),
        0x8d => _reader.ReadUtf8(_reader.ReadUInt64()),
        (byte)'B' => _reader.Take(_reader.ReadUInt32()).ToArray(),
        (byte)'C' => _reader.Take(_reader.ReadByte()).ToArray(),
        _ => _reader.Take(_reader.ReadUInt64()).ToArray(),
    };

    private void Remember(byte opcode)
    {
        var value = Peek();
        var index = opcode == 0x94 ? _memo.Count : Index(opcode);

        // Writers number consecutively, so that an index beyond the steps taken so far is no honest one.
        if (index > _work) throw Bad($"memo entry {index} is written");
        while (_memo.Count <= index)
            _memo.Add(null);
        _memo[(int)index] = value;
    }

    private void Recall(byte opcode)
    {
        var index = Index(opcode);
        if (index >= _memo.Count) throw Bad($"memo entry {index} is read; there are {_memo.Count}");
        Push(_memo[(int)index]);
    }

    private long Index(byte opcode) => opcode switch
    {
        (byte)'p' or (byte)'g' => _reader.ReadDecimal() is long and >= 0 and var index ? index : throw Bad("a memo entry has no index"),
        (byte)'q' or (byte)'h' => _reader.ReadByte(),
        _ => _reader.ReadUInt32(),
    };

    private long Extension(byte opcode) => opcode switch
    {
        0x82 => _reader.ReadByte(),
        0x83 => _reader.ReadUInt16(),
        _ => _reader.ReadUInt32(),
    };

    private PickleGlobal Find(string module, string name) =>
        (readsArrays ? PickleArrays.Find(module, name) : null) ?? PickleGlobals.Find(module, name);

    private object Persistent(object? id)
    {
        var value = PickleGlobals.Persistent(this, id);
        if (value is TorchStorageRef storage) Storages.TryAdd(storage.Key, storage);
        return value;
    }

    private void CallWith(object? arguments)
    {
        if (arguments is not PickleTuple tuple) throw Bad("a function is called with something else than a tuple");
        Call(Pop(), tuple.Items);
    }

    private void Call(object? function, object?[] arguments) => Push(function switch
    {
        PickleGlobal { Kind: >= PickleGlobalKind.ArrayType } global => PickleArrays.Call(this, global, arguments),
        PickleGlobal global => PickleGlobals.Call(this, global, arguments),
        PickleOpaque { Object: { } name } => PickleGlobals.Placeholder(this, name, arguments),
        _ => throw Bad("something else than a function is called"),
    });

    private void SetAll(PickleDict dict, object?[] items)
    {
        if (items.Length % 2 != 0) throw Bad("a dictionary has a key without a value");
        for (var i = 0; i < items.Length; i += 2)
        {
            ChargeKey(items[i]);
            dict.Set(items[i], items[i + 1]);
        }
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Peek() => _stack.Count > Floor ? _stack[^1] : throw Bad("the stack is empty");

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private string PopText() => Pop() is string text ? Shorten(text) : throw Bad("a global is not named by text");

    private object?[] PopMany(int count) => _stack.Count - count >= Floor ? CutFrom(_stack.Count - count) : throw Bad("the stack is empty");

    private object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Bad("a mark is missing");
        var start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return CutFrom(start);
    }

    private object?[] CutFrom(int start)
    {
        var items = _stack.GetRange(start, _stack.Count - start).ToArray();
        _stack.RemoveRange(start, items.Length);
        return items;
    }
}
