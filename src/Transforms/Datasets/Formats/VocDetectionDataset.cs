using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage;

/// <summary>
/// Pascal VOC's objects: a folder with an .xml file an image (annotation/object/name, difficult, bndbox), or with a .txt file an image whose lines
/// are class, x, y, width and height in pixels. A detector's results are a folder with .txt files: an image's, whose lines are class, score, x, y,
/// width and height, or, as VOC's devkit has them, a class's (comp4_det_test_cat.txt), whose lines are image, score, x1, y1, x2 and y2.
/// </summary>
public static class VocDetectionDataset
{
    private const string Xml = ".xml";
    private const string Text = ".txt";

    /// <summary>Reads images, one a row in the order of their names, with their objects, into memory.</summary>
    /// <param name="annotationsFolder">The folder of the objects, such as Annotations.</param>
    /// <param name="resultsFolder">The folder of what a detector found; null for none.</param>
    /// <param name="imageFolder">The folder of the images, such as JPEGImages; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is not in the format, or names an image that there is not.</exception>
    public static DatasetRows<DetectionExample> Load(
        string annotationsFolder, string? resultsFolder = null, string? imageFolder = null, DatasetOptions? options = null)
    {
        var extension = Files(annotationsFolder, Xml).Count > 0 ? Xml : Text;
        var files = Files(annotationsFolder, extension);
        if (files.Count == 0) throw new InvalidDataException($"{annotationsFolder}: the folder has neither {Xml} nor {Text} files.");
        var images = new DatasetImages(imageFolder, options);
        var objects = new SortedDictionary<string, (DetectionObjects Objects, float Width, float Height)>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var own = new DetectionObjects();
            var (width, height) = extension == Xml ? ReadXml(file, own) : ReadLines(file, own);
            objects[Path.GetFileNameWithoutExtension(file)] = (own, width, height);
        }

        if (resultsFolder is not null) ReadResults(resultsFolder, objects);
        return new(objects.Select(pair =>
        {
            var row = pair.Value.Objects.ToExample(pair.Value.Width, pair.Value.Height);
            InvalidDataException Error(string problem) => new($"{annotationsFolder}: {problem}.");
            return images.Name(row, pair.Key, imageFolder is null ? pair.Key : null, Error) ? row : null;
        }).OfType<DetectionExample>().ToList());
    }

    private static List<string> Files(string folder, string extension) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*" + extension).Order(StringComparer.Ordinal)]
        : throw new DirectoryNotFoundException($"The folder '{folder}' does not exist.");

    private static (float Width, float Height) ReadXml(string file, DetectionObjects objects)
    {
        try
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var root = XDocument.Load(reader).Root!;
            foreach (var (i, element) in root.Elements("object").Index())
            {
                var place = $"{file}: object {i}";
                var name = element.Element("name")?.Value.Trim() is { Length: > 0 } text
                    ? text
                    : throw new InvalidDataException($"{place}: 'name' is missing.");
                var box = element.Element("bndbox") ?? throw new InvalidDataException($"{place}: 'bndbox' is missing.");
                float[] sides = [.. new[] { "xmin", "ymin", "xmax", "ymax" }.Select(side => Number(place, side, box.Element(side)?.Value))];
                objects.Add(name, sides, isCrowd: element.Element("difficult")?.Value.Trim() == "1");
            }

            return root.Element("size") is { } size
                ? (Number(file, "width", size.Element("width")?.Value), Number(file, "height", size.Element("height")?.Value))
                : (0, 0);
        }
        catch (XmlException e)
        {
            throw new InvalidDataException($"{file}: it is no XML: {e.Message}", e);
        }
    }

    private static (float Width, float Height) ReadLines(string file, DetectionObjects objects)
    {
        foreach (var (place, fields) in Lines(file, 5)) objects.Add(fields[0], Box(place, fields, 1));
        return (0, 0);
    }

    private static void ReadResults(
        string folder, SortedDictionary<string, (DetectionObjects Objects, float Width, float Height)> objects)
    {
        foreach (var file in Files(folder, Text))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            if (objects.TryGetValue(name, out var own))
            {
                foreach (var (place, fields) in Lines(file, 6)) own.Objects.AddFound(fields[0], Box(place, fields, 2), Number(place, "score", fields[1]));
                continue;
            }

            // Of a class: its name is what follows the set's.
            var label = name[(name.LastIndexOf('_') + 1)..];
            foreach (var (place, fields) in Lines(file, 6))
            {
                if (!objects.TryGetValue(fields[0], out own))
                    throw new InvalidDataException($"{place}: there is no image '{fields[0]}' among the annotations.");
                float[] box = [.. fields.Skip(2).Select(field => Number(place, "box", field))];
                own.Objects.AddFound(label, box, Number(place, "score", fields[1]));
            }
        }
    }

    /// <summary>x y width height from a field on, as x1 y1 x2 y2.</summary>
    private static float[] Box(string place, string[] fields, int from)
    {
        float x = Number(place, "x", fields[from]), y = Number(place, "y", fields[from + 1]);
        return [x, y, x + Number(place, "width", fields[from + 2]), y + Number(place, "height", fields[from + 3])];
    }

    private static IEnumerable<(string Place, string[] Fields)> Lines(string file, int count)
    {
        foreach (var (i, line) in TextFile.ReadLines(file).Index())
        {
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0) continue;
            var place = $"{file}: line {i + 1}";
            yield return fields.Length == count
                ? (place, fields)
                : throw new InvalidDataException($"{place}: {count} fields are expected but there are {fields.Length}.");
        }
    }

    private static float Number(string place, string name, string? text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number)
            ? number
            : throw new InvalidDataException($"{place}: '{name}' must be a number but is '{text}'.");
}
