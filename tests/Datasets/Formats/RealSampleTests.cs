using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets.Formats;

/// <summary>Real samples of the data sets, where they are at hand.</summary>
public sealed class RealSampleTests
{
    private const string Formats = "grounding_formats/";

    [SkippableFact]
    public void Visual_genome()
    {
        var folder = TestData.SharedData(Formats + "visual_genome_qa");
        var rows = VisualGenomeDataset.LoadQuestions(Path.Combine(folder, "question_answers.json"), Path.Combine(folder, "images")).ToList();

        Assert.Equal(8, rows.Count);
        Assert.Equal(("987285", "What is on the couch?", "what", "4"), (rows[4].QuestionId, rows[4].Question, rows[4].QuestionType, rows[4].ImageId));
        Assert.Equal(["teddy bear"], rows[4].Answers);
        Assert.All(rows, row => Assert.True(File.Exists(row.ImagePath)));
        Assert.Equal(
            ["empty", "glass", "in home office", "in room", "on floor", "purple", "sailboats", "teddy bear"],
            VqaSoftTargets.BuildVocabulary(rows, minOccurrences: 1));
        Assert.Empty(VqaSoftTargets.BuildVocabulary(rows));
    }

    [SkippableFact]
    public void Gqa()
    {
        var folder = TestData.SharedData(Formats + "gqa");
        var rows = GqaDataset.Load(Path.Combine(folder, "question_dir"), Path.Combine(folder, "images")).ToList();

        Assert.Equal(["202218649", "20240871"], rows.Select(row => row.QuestionId));
        Assert.Equal(("query", "rel", "open", true), (rows[0].QuestionType, rows[0].SemanticType, rows[0].AnswerType, rows[0].IsBalanced));
        Assert.Equal(("logical", "attr", "binary"), (rows[1].QuestionType, rows[1].SemanticType, rows[1].AnswerType));
        Assert.Equal(["picture", "yes"], rows.Select(row => Assert.Single(row.Answers)));
        Assert.Equal("The picture is hanging above the chalkboard.", rows[0].FullAnswer);
        Assert.Equal("n578564", Assert.Single(GqaDataset.Load(Path.Combine(folder, "questions.json"))).ImageId);
    }

    [SkippableFact]
    public void Vcr()
    {
        var folder = TestData.SharedData(Formats + "vcr");
        var row = Assert.Single(VcrDataset.Load(Path.Combine(folder, "sample_1line.jsonl"), metadataFolder: folder));

        Assert.Equal(("val-1", "Does Casey live in this house ?", "2", "3"), (row.QuestionId, row.Question, row.AnswerLabel, row.RationaleLabel));
        Assert.Equal("No , Casey is a visitor .", row.Answer2);
        Assert.EndsWith("@0", row.ImageId);
        Assert.Equal([1920f, 797f], row.ImageSize);
        Assert.Equal(row.Objects.Length * 4, row.ObjectBoxes.Length);
        Assert.Equal(20.42578125f, row.ObjectBoxes[4]);
    }

    [SkippableFact]
    public void Coco_captions()
    {
        var folder = TestData.SharedData("coco_mini");
        var rows = CocoCaptionsDataset.Load(
            Path.Combine(folder, "annotations", "captions_train2017.json"), Path.Combine(folder, "train2017")).ToList();

        Assert.Equal((130, 26), (rows.Count, rows.Select(row => row.ImageId).Distinct().Count()));
        Assert.Equal(("88366", "000000125870", "An airport filled with large passenger jets parked next to each other."), (rows[0].CaptionId, rows[0].ImageId, rows[0].Caption));
        Assert.All(rows, row => Assert.True(File.Exists(row.ImagePath)));
    }

    [SkippableFact]
    public void Entities_without_annotations()
    {
        var folder = TestData.SharedData(Formats + "flickr30k_entities");
        var rows = Flickr30kEntitiesDataset.Load(folder, Path.Combine(folder, "images"), onlyWithBoxes: false).ToList();

        Assert.Equal((83, 5), (rows.Count, rows.Select(row => row.ImageId).Distinct().Count()));
        var arm = rows.Single(row => row.ChainId == "255545");
        Assert.Equal(("a man 's arm", "A woman holds a man 's arm at a formal event .", 3), (arm.Expression, arm.Sentence, arm.FirstWord));
        Assert.Equal(["bodyparts", "people"], arm.PhraseTypes);
        Assert.Throws<DirectoryNotFoundException>(() => Flickr30kEntitiesDataset.Load(folder));
    }

    [SkippableFact]
    public void Nlvr2()
    {
        var path = TestData.SharedData("nlvr/nlvr2/dev_head300.json");
        var rows = Nlvr2Dataset.Load(path).ToList();

        Assert.Equal((300, 155), (rows.Count, rows.Count(row => row.Label == "True")));
        Assert.Equal(88, rows.Select(row => row.SentenceId).Distinct().Count());
        Assert.Equal(("dev-850-0-0", "dev-850-0-img0", "dev-850-0-img1"), (rows[0].ExampleId, rows[0].LeftImageId, rows[0].RightImageId));
    }

    [SkippableFact]
    public void Nlvr()
    {
        var folder = TestData.SharedData("nlvr/nlvr/dev");
        var rows = NlvrDataset.Load(
            Path.Combine(folder, "dev.json"), Path.Combine(folder, "images"), options: new() { SkipMissingImages = true }).ToList();

        // All six images of the 165 statements of directory 0, one of the others.
        Assert.Equal((1489, 990), (rows.Count, rows.Count(row => row.Directory == "0")));
        Assert.Equal(664, NlvrDataset.Load(Path.Combine(folder, "dev.json"), Path.Combine(folder, "images"), permutations: 1).Count());
        Assert.Equal(("1572-0-0", "1572", "dev-1572-0-0", "True"), (rows[0].ExampleId, rows[0].SentenceId, rows[0].ImageId, rows[0].Label));
        Assert.True(File.Exists(rows[0].ImagePath));
    }

    [SkippableFact]
    public void Snli_ve()
    {
        var folder = TestData.SharedData(Formats + "snli_ve");
        var rows = SnliVeDataset.Load(Path.Combine(folder, "sample_pairs.jsonl"), Path.Combine(folder, "images")).ToList();

        Assert.Equal((16, 6, 6), (rows.Count, rows.Count(row => row.Label == "neutral"), rows.Count(row => row.Label == "entailment")));
        Assert.Equal(("2248275918.jpg#2r1c", "A toddler sleeps outside.", "2248275918"), (rows[0].PairId, rows[0].Hypothesis, rows[0].ImageId));

        // The four images are of other parts than test.
        Assert.Empty(SnliVeDataset.Load(
            Path.Combine(folder, "sample_pairs.jsonl"), options: new() { ImageListPath = Path.Combine(folder, "flickr30k_test.lst") }));
    }

    [SkippableTheory]
    [InlineData("train.tiny", 64)]
    [InlineData("train.small", 640)]
    [InlineData("val", 1024)]
    public void Shapes(string part, int count)
    {
        var ml = new MLContext(1);
        var view = ShapesDataset.Load(TestData.SharedData("shapes"), part).ToDataView(ml);
        var rows = 0;
        foreach (var row in ml.Data.CreateEnumerable<ShapesExample>(view, reuseRowObject: false))
        {
            using var image = row.Image;
            Assert.Equal((30, 30), (image.Width, image.Height));
            var isTrue = row.Answers is ["true"];
            if (isTrue && row.Question.Contains("a red shape", StringComparison.Ordinal)) Assert.True(HasRed(image), row.ImageId);
            rows++;
        }

        Assert.Equal(count, rows);
    }

    private static bool HasRed(MLImage image) =>
        image.Pixels.ToArray().Chunk(4).Any(pixel => pixel is [< 80, < 80, > 128, _]);
}
