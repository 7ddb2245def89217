using System.IO.Compression;
using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Tests.Checkpoints;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Scoring;
using MLNet.VisionLanguage.Tests.Support;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Fuzzing;

/// <summary>The readers, whole inputs of each, and how each says that it refuses one.</summary>
internal sealed class FuzzedReaders : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public void Run(ITestOutputHelper output, string reader, int count, int seed, bool measure) => (reader switch
    {
        "pickle" => new FuzzRun(output, reader, Pickles(), ReadPickle) { MeasuresProcess = measure },
        "PyTorch zip" => new FuzzRun(output, reader, [.. Zips()], ReadCheckpoint) { Spoil = SpoilZip, MeasuresProcess = measure },
        "PyTorch legacy" => new FuzzRun(output, reader, [.. Pickles()[..3].Select(Legacy)], ReadCheckpoint) { MeasuresProcess = measure },
        "safetensors" => new FuzzRun(output, reader, [SafeTensorsFile()], ReadCheckpoint) { MeasuresProcess = measure },
        "index" => new FuzzRun(output, reader, [Index()], ReadCheckpoint) { MeasuresProcess = measure },
        "region features" => new FuzzRun(output, reader, [RegionFile()], ReadRegions) { MeasuresProcess = measure },
        "questions" => new FuzzRun(output, reader, [Questions, Gzip(Questions)], ReadQuestions) { MeasuresProcess = measure },
        "annotations" => new FuzzRun(output, reader, [Annotations, Gzip(Annotations)], ReadAnnotations) { MeasuresProcess = measure },
        "answers" => new FuzzRun(output, reader, [.. Answers()], ReadAnswers) { MeasuresProcess = measure },
        "model" => new FuzzRun(output, reader, [Model()], ReadModel) { Spoil = SpoilZip, MeasuresProcess = measure },
        _ => throw new ArgumentException(reader, nameof(reader)),
    }).Run(count, seed);

    private static byte[] Questions => """
        {"info": {"year": 2017}, "data_subtype": "val2014", "questions": [{"image_id": 42, "question": "Is it r\u00e9d?",
            "question_id": 42001},
        {"image_id": "n7", "question": "How many?", "question_id": 42002, "image_file": "a.jpg"}]}
        """u8.ToArray();

    private static byte[] Annotations => """
        {"annotations": [{"question_id": 42001, "image_id": 42, "question_type": "is", "answer_type": "yes/no",
            "multiple_choice_answer": "yes",
        "answers": [{"answer": "yes", "answer_confidence": "yes", "answer_id": 1}, {"answer": "no", "answer_confidence": "maybe",
            "answer_id": 2}]}]}
        """u8.ToArray();

    /// <summary>Four forms: a state dict, one beside the state of a training, old opcodes, and objects.</summary>
    private static byte[][] Pickles() =>
    [
        new PickleBuilder().Raw('}').Raw('(').Text("w").Tensor("0", "FloatStorage", 6, 0, [2, 3], [3, 1])
            .Text("b").Tensor("0", "FloatStorage", 6, 3, [3], [1]).Raw('u').Stop(),
        new PickleBuilder().Raw('}').Raw('(').Text("epoch").Int(7).Text("model").Global("collections", "OrderedDict").Raw(')')
            .Raw('R').Raw((byte)'q', 0)
            .Text("a.weight").Tensor("0", "FloatStorage", 6, 0, [3, 2], [1, 3]).Raw('s').Text("optimizer").Raw('}').Text("lr")
            .Raw((byte)'G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0).Raw('s').Text("same").Raw(']').Raw((byte)'h', 0).Raw('a').Raw('u').Stop(),
        new PickleBuilder().Raw('}').Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('s').Text("args").Global("argparse",
            "Namespace").Raw(')').Raw(0x81)
            .Raw('}').Text("x").Raw(']').Raw('(').Int(1).Int(1L << 40).Raw('e').Raw('s').Raw('b').Raw('s').Stop(),
        new PickleBuilder(0).Raw("(dp0\nVw\np1\n(lp2\nI1\naL7L\naF1.5\nasS'q\\'\\x41'\np3\ng2\nsVr\n(tp4\ns"u8)
            .Raw("Vt\n(I1\nI2\ntp5\nsVo\n(ios\nsystem\np6\nsVn\nNs"u8).Stop(),
    ];

    private static IEnumerable<byte[]> Zips()
    {
        var storages = new Dictionary<string, byte[]> { ["0"] = PickleBuilder.Floats(0, 1, 2, 3, 4, 5) };
        foreach (var pickle in Pickles()[..3])
        {
            yield return PickleBuilder.Zip(pickle, storages, order: "little");
            yield return PickleBuilder.Zip(pickle, storages, "m/", deflate: true);
        }
    }

    private static byte[] Legacy(byte[] pickle) => PickleBuilder.Legacy(pickle, [("0", 6, PickleBuilder.Floats(0, 1, 2, 3, 4, 5))]);

    private byte[] SafeTensorsFile()
    {
        var path = _folder.File("seed.safetensors");
        SafeTensors.Write(
            path, [new NamedTensor("w", [2, 3], [0f, 1, 2, 3, 4, 5]), new NamedTensor("b", [3],
                [1L, 2, 3])], new Dictionary<string, string> { ["format"] = "pt" });
        return File.ReadAllBytes(path);
    }

    private byte[] Index()
    {
        File.WriteAllBytes(_folder.File("a.safetensors"), SafeTensorsFile());
        return """{"metadata": {"total_size": 48}, "weight_map": {"w": "a.safetensors", "b": "a.safetensors"}}"""u8.ToArray();
    }

    private static byte[] RegionFile() => System.Text.Encoding.ASCII.GetBytes(
        FeatureFile.Row("one", 100, 50, [0, 0, 40, 40, 10, 5, 100, 50], [1, 2, 3, 4]) + "\n"
        + FeatureFile.Row("two", 10, 20, [0, 0, 4, 4], [5, 6]) + "\r\n");

    private static IEnumerable<byte[]> Answers()
    {
        yield return "yes\nno\nred car\n"u8.ToArray();
        yield return """["yes", "no", "caf\u00e9"]"""u8.ToArray();
        yield return """{"yes": 0, "no": 1, "label2ans": ["a", "b"]}"""u8.ToArray();
        yield return "{\"answer\": \"yes\", \"label\": 0}\n{\"answer\": \"no\", \"label\": 1}\n"u8.ToArray();
        yield return "(lp0\nVyes\np1\naVno\np2\na."u8.ToArray();
        yield return new PickleBuilder(3).Raw('}').Raw('(').Text("yes").Int(0).Text("no").Int(1).Raw('u').Stop();
        yield return Gzip("yes\nno\n"u8);
    }

    /// <summary>A vocabulary and a network with its answers.</summary>
    private byte[] Model()
    {
        var ml = new MLContext(1);
        var vocabulary = _folder.File("vocabulary.txt");
        File.WriteAllLines(vocabulary, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b"]);
        var empty = ml.Data.LoadFromEnumerable(Array.Empty<Asked>());
        using var scorer = AnswerFixture.Create(ml);
        using var tokenizer = ml.Transforms.TokenizeText(BertVocabulary.Load(vocabulary), nameof(Asked.Question)).Fit(empty);
        ml.VisionLanguage().Save(tokenizer.Append(scorer), empty.Schema, _folder.File("model.zip"));
        return File.ReadAllBytes(_folder.File("model.zip"));
    }

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Spoils the file, or what one of its entries holds: a changed entry would not unpack.</summary>
    private static byte[] SpoilZip(byte[] zip, Random random)
    {
        if (random.Next(2) == 0) return Mutations.Mutate(zip, random);
        using var source = new ZipArchive(new MemoryStream(zip));
        using var target = new MemoryStream();
        using (var changed = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            var spoiled = random.Next(source.Entries.Count);
            for (var i = 0; i < source.Entries.Count; i++)
            {
                using var content = new MemoryStream();
                using (var from = source.Entries[i].Open()) from.CopyTo(content);
                using var to = changed.CreateEntry(source.Entries[i].FullName, CompressionLevel.NoCompression).Open();
                to.Write(i == spoiled ? Mutations.Mutate(content.ToArray(), random) : content.ToArray());
            }
        }

        return target.ToArray();
    }

    private static bool ReadPickle(byte[] bytes)
    {
        try
        {
            using var view = new MemoryStorage(bytes).View(0, bytes.Length);
            PickleGlobals.Describe(new PickleMachine("fuzzed", view, bytes.Length).Load());
            return true;
        }
        catch (CheckpointFormatException)
        {
            return false;
        }
    }

    private bool ReadCheckpoint(byte[] bytes) => Refuses<CheckpointFormatException>(bytes, path =>
    {
        using var checkpoint = Checkpoint.Open(path);
        foreach (var name in checkpoint.Names) checkpoint[name].ToSingles();
    });

    private bool ReadRegions(byte[] bytes) => Refuses<InvalidDataException>(bytes, path =>
    {
        using var reader = BottomUpTsvReader.Open(path);
        foreach (var image in reader.ImageIds) reader.Read(image);
    });

    private bool ReadQuestions(byte[] bytes) => Refuses<InvalidDataException>(bytes, path => VqaFiles.ReadQuestions(path));

    private bool ReadAnnotations(byte[] bytes) => Refuses<InvalidDataException>(bytes, path => VqaFiles.ReadAnnotations(path));

    private bool ReadAnswers(byte[] bytes) => Refuses<InvalidDataException>(bytes, path => AnswerList.Load(path));

    private bool ReadModel(byte[] bytes) => Refuses<InvalidDataException>(bytes, path =>
    {
        var model = new MLContext(1).VisionLanguage().Load(path);
        (model as IDisposable)?.Dispose();
    });

    private bool Refuses<T>(byte[] bytes, Action<string> read)
        where T : Exception
    {
        try
        {
            read(_folder.Write("fuzzed", bytes));
            return true;
        }
        catch (T)
        {
            return false;
        }
    }

    private sealed class Asked
    {
        public string Question { get; set; } = "";
    }
}
