using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>
/// The pointing questions of Visual7W (github.com/yukezhu/visual7w-toolkit), dataset_v7w_pointing.json: "boxes" with box_id, x, y, width and
/// height; "images" with filename, split and "qa_pairs" of question, answer (a box) and multiple_choices (three others).
/// </summary>
public static class Visual7WDataset
{
    /// <summary>Opens questions. A question's four boxes are in the order of their numbers, which says nothing about the right one.</summary>
    /// <param name="path">dataset_v7w_pointing.json, also .gz.</param>
    /// <param name="split">"train", "val" or "test"; null for all.</param>
    /// <param name="imageFolder">The folder of the images; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<PointingExample> LoadPointing(
        string path, string? split = null, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        var boxes = new Lazy<Dictionary<Identifier, float[]>>(() => ReadBoxes(path));
        return new(JsonRowReader.Rows(path, "images", "image", image => Questions(image, split, boxes.Value, images)).SelectMany(rows => rows));
    }

    private static Dictionary<Identifier, float[]> ReadBoxes(string path)
    {
        var boxes = new Dictionary<Identifier, float[]>();
        JsonRowReader.Read(path, "boxes", "box", row =>
        {
            float x = row.Number("x"), y = row.Number("y");
            boxes[row.Identifier("box_id")] = [x, y, x + row.Number("width"), y + row.Number("height")];
        });
        return boxes;
    }

    private static List<PointingExample> Questions(JsonRow image, string? split, Dictionary<Identifier, float[]> boxes, DatasetImages images)
    {
        var rows = new List<PointingExample>();
        if (split is not null && image.OptionalText("split") != split) return rows;
        foreach (var question in image.Items("qa_pairs"))
        {
            var right = question.Identifier("answer");
            Identifier[] choices =
            [
                .. question.List("multiple_choices").EnumerateArray().Select(choice => question.Identifier("multiple_choices", choice))
                    .Append(right).OrderBy(choice => choice.Text.Length).ThenBy(choice => choice.Text, StringComparer.Ordinal),
            ];
            var found = Array.ConvertAll(choices, choice => boxes.TryGetValue(choice, out var box)
                ? box
                : throw question.Error($"there is no box {choice} in the list 'boxes'"));
            var row = new PointingExample { QuestionId = question.Identifier("qa_id").Text, Question = question.Text("question") };
            row.Choose(found, Array.IndexOf(choices, right));
            if (images.Name(row, image.Identifier("image_id"), image.Text("filename"), question.Error)) rows.Add(row);
        }

        return rows;
    }
}
