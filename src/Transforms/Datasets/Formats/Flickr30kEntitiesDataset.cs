using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage;

/// <summary>A phrase of a caption and its boxes.</summary>
public sealed class PhraseExample : GroundingExample
{
    /// <summary>The caption's image, '#' and number from 0 (column SentenceId, Text).</summary>
    public string SentenceId { get; set; } = "";

    /// <summary>The whole caption (column Sentence, Text).</summary>
    public string Sentence { get; set; } = "";

    /// <summary>The place of the phrase's first word in the caption, from 0 (column FirstWord, Int32).</summary>
    public int FirstWord { get; set; }

    /// <summary>What phrases about the same things have in common (column ChainId, Text); "0" for what cannot be seen.</summary>
    public string ChainId { get; set; } = "";

    /// <summary>Kinds such as people, clothing, scene (column PhraseTypes, Vector&lt;Text&gt;).</summary>
    [VectorType]
    public string[] PhraseTypes { get; set; } = [];
}

/// <summary>
/// Flickr30k Entities (github.com/BryanPlummer/flickr30k_entities): Sentences/&lt;id&gt;.txt has a caption a line with its phrases in brackets,
/// "[/EN#chain/type/type words]"; Annotations/&lt;id&gt;.xml has the boxes of the chains. Boxes are as the data set's own reader gives them, with
/// pixels from 0, one less than in the files.
/// </summary>
public static class Flickr30kEntitiesDataset
{
    private const string PhraseStart = "[/EN#";

    /// <summary>Opens phrases; <see cref="DatasetOptions.ImageListPath"/> (train.txt) chooses a part.</summary>
    /// <param name="folder">The folder with Sentences and Annotations.</param>
    /// <param name="imageFolder">flickr30k-images; null for names alone.</param>
    /// <param name="onlyWithBoxes">Whether phrases without a box are left out: scenes, and what cannot be seen.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder; Annotations is needed for boxes alone.</exception>
    public static DatasetRows<PhraseExample> Load(
        string folder, string? imageFolder = null, bool onlyWithBoxes = true, DatasetOptions? options = null)
    {
        string sentences = Path.Combine(folder, "Sentences"), annotations = Path.Combine(folder, "Annotations");
        foreach (var needed in new[] { sentences, annotations }.Where(path => !Directory.Exists(path) && (onlyWithBoxes || path == sentences)))
            throw new DirectoryNotFoundException($"The folder '{needed}' does not exist.");
        var images = new DatasetImages(imageFolder, options);
        return new(Directory.EnumerateFiles(sentences, "*.txt").Order(StringComparer.Ordinal).SelectMany(
            path => Phrases(path, Directory.Exists(annotations) ? annotations : null, images)).Where(row => !onlyWithBoxes || row.Boxes.Length > 0));
    }

    private static IEnumerable<PhraseExample> Phrases(string path, string? annotations, DatasetImages images)
    {
        var id = Path.GetFileNameWithoutExtension(path);
        if (images.Find(id, null, problem => new InvalidDataException($"{path}: {problem}.")) is not var (name, file)) yield break;
        var (boxes, size) = annotations is null ? ([], [0, 0]) : Annotations(path, Path.Combine(annotations, id + ".xml"));
        float[] objects = [.. boxes.Values.SelectMany(values => values.Chunk(4)).DistinctBy(box => (box[0], box[1], box[2], box[3])).SelectMany(box => box)];
        foreach (var (line, number) in TextLine.Read(path).Select((line, number) => (line, number)))
        {
            foreach (var phrase in Parse(line))
            {
                phrase.SentenceId = $"{id}#{number}";
                (phrase.ImageId, phrase.ImagePath) = (name, file);
                (phrase.Boxes, phrase.ObjectBoxes, phrase.ImageSize) = ([.. boxes.GetValueOrDefault(phrase.ChainId) ?? []], objects, size);
                yield return phrase;
            }
        }
    }

    private static List<PhraseExample> Parse(TextLine line)
    {
        var (words, phrases) = (new List<string>(), new List<PhraseExample>());
        PhraseExample? open = null;
        foreach (var part in line.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.StartsWith(PhraseStart, StringComparison.Ordinal))
            {
                var kinds = part[PhraseStart.Length..].Split('/');
                if (open is not null || kinds.Length < 2) throw line.Error($"'{part}' after word {words.Count} is no beginning of a phrase");
                phrases.Add(open = new() { ChainId = kinds[0], PhraseTypes = kinds[1..], FirstWord = words.Count });
                continue;
            }

            var isLast = open is not null && part.EndsWith(']');
            words.Add(isLast ? part[..^1] : part);
            if (!isLast) continue;
            open!.Expression = string.Join(' ', words.Skip(open.FirstWord));
            open = null;
        }

        if (open is not null) throw line.Error($"the phrase of chain {open.ChainId} has no ']'");
        foreach (var phrase in phrases) phrase.Sentence = string.Join(' ', words);
        return phrases;
    }

    /// <summary>The boxes of each chain, and the image's size.</summary>
    private static (Dictionary<string, List<float>> Boxes, float[] Size) Annotations(string sentences, string path)
    {
        if (!File.Exists(path)) throw new InvalidDataException($"{sentences}: its annotations '{path}' do not exist.");
        try
        {
            using var stream = DataFile.Open(path);
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            var root = XDocument.Load(reader, LoadOptions.SetLineInfo).Root!;
            var boxes = new Dictionary<string, List<float>>(StringComparer.Ordinal);
            foreach (var thing in root.Elements("object"))
            {
                foreach (var box in thing.Elements("bndbox"))
                {
                    float[] corners = [Number(box, "xmin") - 1, Number(box, "ymin") - 1, Number(box, "xmax") - 1, Number(box, "ymax") - 1];
                    foreach (var name in thing.Elements("name"))
                    {
                        if (!boxes.TryGetValue(name.Value.Trim(), out var known)) boxes[name.Value.Trim()] = known = [];
                        known.AddRange(corners);
                    }
                }
            }

            return (boxes, root.Element("size") is { } size ? [Number(size, "width"), Number(size, "height")] : [0, 0]);
        }
        catch (XmlException e)
        {
            throw new InvalidDataException($"{path}: line {e.LineNumber}, column {e.LinePosition}: {e.Message}", e);
        }

        float Number(XElement parent, string name)
        {
            if (float.TryParse(parent.Element(name)?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return number;
            throw new InvalidDataException(
                $"{path}: line {((IXmlLineInfo)parent).LineNumber}: '{parent.Name}' must have the number '{name}' but has '{parent.Element(name)?.Value}'.");
        }
    }
}
