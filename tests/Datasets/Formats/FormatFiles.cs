using System.IO.Compression;
using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Datasets.Formats;

/// <summary>
/// A small file of each format in its documented layout, written here by hand: no words of the data sets are in them. Where real samples are
/// at hand, <see cref="RealSampleTests"/> reads those.
/// </summary>
internal sealed class FormatFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The formats that are one file, or one file beside others.</summary>
    public static IReadOnlyDictionary<string, (string File, string Content)> All { get; } = new Dictionary<string, (string, string)>
    {
        ["Visual Genome"] = ("question_answers.json",
            """[{"id": 4, "qas": [{"image_id": 4, "qa_id": 41, "question": "What flies?", "answer": "The kite."}]}, {"id": 5, "qas": []}]"""),
        ["GQA"] = ("questions.json",
            """
            {"101": {"question": "Is it wet?", "imageId": "n7", "answer": "no", "fullAnswer": "No, it is dry.", "isBalanced": true,
              "types": {"structural": "verify", "semantic": "attr", "detailed": "x"}, "entailed": ["102"]},
             "102": {"question": "What is wet?", "imageId": "8"}}
            """),
        ["VCR"] = ("val.jsonl",
            """
            {"objects": ["person", "dog", "person"], "img_fn": "film/a.jpg", "metadata_fn": "film/a.json", "img_id": "val-0", "annot_id": "val-3",
             "question": ["Who", "holds", [1], "?"], "answer_choices": [[[0]], [[2, 0], "do"], ["Nobody", "."], [[1]]], "answer_label": 1,
             "rationale_choices": [["a"], ["b", [2]], ["c"], ["d"]], "rationale_label": 3}
            """.ReplaceLineEndings("") + "\n"),
        ["COCO captions"] = ("captions.json",
            """
            {"annotations": [{"image_id": 9, "id": 91, "caption": "A kite. "}], "info": {"a": [{"b": []}]},
             "images": [{"id": 9, "file_name": "000000000009.jpg", "width": 40, "height": 30}]}
            """),
        ["Flickr30k"] = ("results.token", "77.jpg#0\tA kite flies .\n77.jpg#1\tIt is red .\n"),
        ["Conceptual Captions"] = ("train.tsv", "a kite\thttp://localhost/a.jpg\na red dog\thttp://localhost/b.jpg\tdog\t/m/1\t0.9\n"),
        ["Visual7W"] = ("dataset_v7w_pointing.json",
            """
            {"dataset": "visual7w", "images": [{"filename": "v7w_3.jpg", "image_id": 3, "split": "val", "qa_pairs": [
              {"qa_id": 31, "question": "Which kite is red?", "answer": 1100, "multiple_choices": [999, 1200, 1000], "type": "which"}]}],
             "boxes": [{"box_id": 999, "x": 1, "y": 2, "width": 10, "height": 20, "name": "kite"},
              {"box_id": 1000, "x": 0, "y": 0, "width": 5, "height": 5}, {"box_id": 1100, "x": 3, "y": 4, "width": 6, "height": 7},
              {"box_id": 1200, "x": 8, "y": 8, "width": 2, "height": 2}]}
            """),
        ["NLVR2"] = ("dev.json",
            """{"identifier": "dev-12-3-1", "sentence": "Both kites are red.", "label": "True", "left_url": "", "right_url": ""}""" + "\n"),
        ["NLVR"] = ("dev.json",
            """{"identifier": "12-1", "sentence": "A box has a circle.", "label": "false", "directory": "4", "structured_rep": []}""" + "\n"),
        ["SNLI-VE"] = ("snli_ve.jsonl",
            """
            {"Flickr30K_ID": "77", "gold_label": "-", "pairID": "77.jpg#0r1c", "sentence1": "A kite.", "sentence2": "A dog."}
            {"Flickr30K_ID": "77", "gold_label": "neutral", "pairID": "77.jpg#0r1n", "sentence1": "A kite.", "sentence2": "A red kite."}
            """),
        ["GuessWhat questions"] = ("guesswhat.jsonl", Game),
        ["GuessWhat games"] = ("guesswhat.jsonl", Game),
    };

    private const string Game =
        """{"id": 5, "status": "success", "object_id": 22, "image": {"id": 9, "file_name": "COCO_val2014_000000000009.jpg", "width": 40, "height": 30}, """
        + """ "objects": [{"id": 21, "bbox": [0, 1, 2, 3], "category": "dog"}, {"id": 22, "bbox": [4.5, 5, 6, 7], "category": "kite"}], """
        + """ "qas": [{"id": 1, "question": "Is it alive?", "answer": "No"}, {"id": 2, "question": "Red?", "answer": "N/A"}]}""" + "\n";

    public string Folder => _folder.Path;

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes a format's file, or another content in its place.</summary>
    public string Write(string format, string? content = null, bool gzip = false)
    {
        var bytes = TextEncoding.UTF8.GetBytes(content ?? All[format].Content);
        return Write(All[format].File + (gzip ? ".gz" : ""), gzip ? Gzip(bytes) : bytes);
    }

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        return _folder.Write(name, bytes);
    }

    /// <summary>Opens a format's file as users do.</summary>
    public static IEnumerable<object> Open(string format, string path, string? images = null, DatasetOptions? options = null) => format switch
    {
        "Visual Genome" => VisualGenomeDataset.LoadQuestions(path, images, options),
        "GQA" => GqaDataset.Load(path, images, options),
        "VCR" => VcrDataset.Load(path, images, options: options),
        "COCO captions" => CocoCaptionsDataset.Load(path, images, options),
        "Flickr30k" => Flickr30kDataset.Load(path, images, options),
        "Conceptual Captions" => ConceptualCaptionsDataset.Load(path, images, options),
        "Visual7W" => Visual7WDataset.LoadPointing(path, imageFolder: images, options: options),
        "NLVR2" => Nlvr2Dataset.Load(path, images, options),
        "NLVR" => NlvrDataset.Load(path, images, permutations: 2, options),
        "SNLI-VE" => SnliVeDataset.Load(path, images, options),
        "GuessWhat questions" => GuessWhatDataset.LoadQuestions(path, images, options),
        "GuessWhat games" => GuessWhatDataset.LoadGames(path, images, options),
        _ => throw new ArgumentException(format, nameof(format)),
    };

    /// <summary>Rows as text, all columns of each.</summary>
    public static string[] Texts(IEnumerable<object> rows) => [.. rows.Select(row => JsonSerializer.Serialize(row, row.GetType()))];

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }
}
