using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>
/// LXMERT's own JSON (airsplay/lxmert, data/) of pre-training, NLVR2 and GQA; that of VQA is read by <see cref="VqaDataset.LoadLxmert"/>.
/// </summary>
public static class LxmertDataset
{
    /// <summary>
    /// Opens pre-training's sentences: a list of img_id, sentf (sentences by their data set) and labelf (a dictionary of answers and scores
    /// 0..1 for each sentence of a data set of questions). A row is a sentence: Question is the sentence, QuestionType its data set ("mscoco",
    /// "vqa"), QuestionId made of image, data set and place; Answers are empty for what is no question.
    /// </summary>
    /// <param name="path">Such as mscoco_minival.json, or its .gz.</param>
    /// <param name="imageFolder">The folder of the images; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder of images.</exception>
    public static DatasetRows<VqaExample> LoadPretraining(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        var pool = new Dictionary<string, string>(StringComparer.Ordinal);
        return new(JsonRowReader.Rows(path, "images", "image", row => Sentences(row, images, pool)).SelectMany(rows => rows));
    }

    /// <summary>Opens NLVR2's statements: a list of identifier, img0, img1, sent and, but for test parts, label (1 for true).</summary>
    /// <param name="path">Such as train.json, or its .gz.</param>
    /// <param name="imageFolder">The folder of the images; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <inheritdoc cref="LoadPretraining" path="/exception"/>
    public static DatasetRows<Nlvr2Example> LoadNlvr2(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        return new(JsonRowReader.Rows(path, "statements", "statement", row => Statement(row, images)).OfType<Nlvr2Example>());
    }

    /// <summary>
    /// Opens GQA's questions: a list of question_id, img_id, sent and, but for test parts, label, a dictionary of answers and their scores 0..1.
    /// The questions' types and whole answers are not in these files.
    /// </summary>
    /// <param name="path">Such as train.json, or its .gz.</param>
    /// <param name="imageFolder">The folder of the images; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <inheritdoc cref="LoadPretraining" path="/exception"/>
    public static DatasetRows<GqaExample> LoadGqa(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        var pool = new Dictionary<string, string>(StringComparer.Ordinal);
        return new(JsonRowReader.Rows(path, "questions", "question", row => Question(row, images, pool)).OfType<GqaExample>());
    }

    private static GqaExample? Question(JsonRow row, DatasetImages images, Dictionary<string, string> pool)
    {
        var (answers, scores) = row.TryGet("label", out var label) ? LxmertFiles.ReadScores(row, "label", label, pool) : ([], []);
        var question = new GqaExample
        {
            Identifier = row.Identifier("question_id"),
            Question = row.Text("sent"),
            Answers = answers,
            AnswerScores = scores,
        };
        return images.Name(question, row.Identifier("img_id"), null, row.Error) ? question : null;
    }

    private static List<VqaExample> Sentences(JsonRow row, DatasetImages images, Dictionary<string, string> pool)
    {
        var rows = new List<VqaExample>();
        var named = new VqaExample();
        if (!images.Name(named, row.Identifier("img_id"), null, row.Error)) return rows;
        var (sentences, labels) = (row.Object("sentf"), row.TryGet("labelf", out _) ? row.Object("labelf") : (JsonRow?)null);
        foreach (var set in sentences.Members())
        {
            var texts = sentences.Texts(set);
            var answers = labels is { } found && found.TryGet(set, out _) ? found.List(set) : default(System.Text.Json.JsonElement?);
            if (answers is { } list && list.GetArrayLength() != texts.Length)
                throw row.Error($"'labelf.{set}' has {list.GetArrayLength()} entries for the {texts.Length} sentences of 'sentf.{set}'");
            for (var i = 0; i < texts.Length; i++)
            {
                var (names, scores) = answers is { } all ? LxmertFiles.ReadScores(row, $"labelf.{set}[{i}]", all[i], pool) : ([], []);
                rows.Add(new()
                {
                    QuestionId = $"{named.ImageId}_{set}_{i:D3}",
                    ImageId = named.ImageId,
                    ImagePath = named.ImagePath,
                    Question = texts[i],
                    QuestionType = set,
                    Answers = names,
                    AnswerScores = scores,
                });
            }
        }

        return rows;
    }

    private static Nlvr2Example? Statement(JsonRow row, DatasetImages images)
    {
        var left = images.Find(row.Identifier("img0"), null, row.Error);
        var right = images.Find(row.Identifier("img1"), null, row.Error);
        if (left is not var (leftName, leftPath) || right is not var (rightName, rightPath)) return null;
        var id = row.Text("identifier");
        return new()
        {
            ExampleId = id,
            SentenceId = Nlvr2Dataset.SentenceOf(id) ?? id,
            Sentence = row.Text("sent"),
            Label = row.TryGet("label", out _) ? row.NumberBelow("label", 2) == 1 ? "True" : "False" : "",
            LeftImageId = leftName,
            LeftImagePath = leftPath,
            RightImageId = rightName,
            RightImagePath = rightPath,
        };
    }
}
