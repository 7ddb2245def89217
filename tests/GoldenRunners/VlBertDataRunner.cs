using System.Runtime.InteropServices;
using System.Text.Json;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>vlbert, vqa_data: the items of VL-BERT's data set of VQA, plain and flipped, and a batch of them.</summary>
internal sealed class VlBertDataRunner : IGoldenRunner
{
    public string System => "vlbert";

    public IReadOnlyCollection<string> Kinds => ["vqa_data"];

    public string Engine => "data set";

    public void Run(GoldenCase c)
    {
        foreach (var pair in c.Json.GetProperty("processPunctuation").EnumerateArray().Select(pair => pair.EnumerateArray().ToArray()))
            Assert.Equal(pair[1].GetString(), VqaAnswerNormalizer.ProcessPunctuationOfVlBert(pair[0].GetString()!));

        var lines = File.ReadLines(c.FilePath("files/answers_vqa.txt"));
        string[] answers = [.. lines.Select(line => VqaAnswerNormalizer.ProcessPunctuationOfVlBert(line.ToLowerInvariant().Trim()))];
        Assert.Equal(c.Json.GetProperty("answer_vocab").EnumerateArray().Select(answer => answer.GetString()), answers);

        var items = Items(c, answers, isFlipped: false);
        for (var i = 0; i < items.Length; i++) Check(c, $"item{i}.", items[i]);
        foreach (var (i, item) in Items(c, answers, isFlipped: true).Index()) Check(c, $"flip.item{i}.", item);
        Check(c, items);
    }

    private sealed record Item(VlBertImage Image, float[] Features, long[] Question, float[] Targets)
    {
        public int Width => Features.Length * 4 / Image.Boxes.Length + 4;

        public float[] Info => [Image.Width, Image.Height, Image.Ratios.X, Image.Ratios.Y];

        /// <summary>Boxes, each with its feature behind it.</summary>
        public float[] Rows =>
            [.. Image.Boxes.Chunk(4).Zip(Features.Chunk(Width - 4)).SelectMany(pair => pair.First.Concat(pair.Second))];
    }

    private static Item[] Items(GoldenCase c, string[] answers, bool isFlipped)
    {
        JsonElement Read(string pattern) =>
            JsonDocument.Parse(File.ReadAllText(Directory.GetFiles(c.FilePath("files"), pattern, SearchOption.AllDirectories).Single())).RootElement;
        var annotations = Read("*_annotations.json").GetProperty("annotations").EnumerateArray()
            .ToDictionary(one => one.GetProperty("question_id").GetInt32(), one => one.GetProperty("answers"));
        var vocabulary = BertVocabulary.Load(c.FilePath("vocab.txt"));
        var tokenizer = new BertTextTokenizer(vocabulary);
        Assert.True(vocabulary.TryGetId("left", out var left) & vocabulary.TryGetId("right", out var right));
        return [.. Read("*_questions.json").GetProperty("questions").EnumerateArray().Select(question =>
        {
            var file = Read(question.GetProperty("image_id").GetInt32() + ".json");
            float[] Numbers(string name) => MemoryMarshal.Cast<byte, float>(file.GetProperty(name).GetBytesFromBase64()).ToArray();
            float[] features = Numbers("features"), boxes = Numbers("boxes");
            var each = features.Chunk(features.Length * 4 / boxes.Length).ToArray();
            float[] whole = [.. Enumerable.Range(0, each[0].Length).Select(k => each.Average(feature => feature[k]))];
            var image = VlBertImage.WithWhole(file.GetProperty("image_w").GetInt32(), file.GetProperty("image_h").GetInt32(), boxes).Resized();

            var encoded = tokenizer.Encode(question.GetProperty("question").GetString()!).InputIds[1..^1];
            var given = annotations[question.GetProperty("question_id").GetInt32()].EnumerateArray()
                .Select(answer => answer.GetProperty("answer").GetString()!);
            if (isFlipped)
            {
                image = image.Flipped();
                encoded = VlBertImage.Exchange<long>(encoded, left, right);
                given = given.Select(answer => string.Join(' ', VlBertImage.Exchange(answer.Split(' '), "left", "right")));
            }

            var counts = given.CountBy(answer => answer).ToDictionary();
            float[] targets = [.. answers.Select(answer => VqaSoftTargets.Score(counts.GetValueOrDefault(answer)))];
            return new Item(image.Clamped(), [.. whole, .. features], encoded, targets);
        })];
    }

    private static void Check(GoldenCase c, string name, Item item)
    {
        var rows = item.Rows;
        GoldenAssert.Close(c, name + "boxes", rows, [rows.Length / item.Width, item.Width]);
        GoldenAssert.Close(c, name + "im_info", item.Info, [4]);
        GoldenAssert.Equal(c.Outputs[name + "question"], item.Question, [item.Question.Length], c, name + "question");
        GoldenAssert.Close(c, name + "label", item.Targets, [item.Targets.Length]);
    }

    /// <summary>A batch: boxes filled up with -2, questions with 0.</summary>
    private static void Check(GoldenCase c, Item[] items)
    {
        int boxes = items.Max(item => item.Rows.Length), words = items.Max(item => item.Question.Length), width = items[0].Width;
        T[] Padded<T>(Func<Item, T[]> part, int length, T padding) =>
            [.. items.SelectMany(item => part(item).Concat(Enumerable.Repeat(padding, length)).Take(length))];
        GoldenAssert.Close(c, "collated.boxes", Padded(item => item.Rows, boxes, -2), [items.Length, boxes / width, width]);
        GoldenAssert.Close(c, "collated.im_info", [.. items.SelectMany(item => item.Info)], [items.Length, 4]);
        GoldenAssert.Equal(
            c.Outputs["collated.question"], Padded(item => item.Question, words, 0), [items.Length, words], c, "collated.question");
        GoldenAssert.Close(c, "collated.label", [.. items.SelectMany(item => item.Targets)], [items.Length, items[0].Targets.Length]);
    }
}
