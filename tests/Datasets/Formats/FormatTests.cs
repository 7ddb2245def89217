using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets.Formats;

/// <summary>What holds for every format, on small own files in the documented layouts.</summary>
public sealed class FormatTests : IDisposable
{
    private readonly FormatFiles _files = new();

    public static TheoryData<string> Formats => [.. FormatFiles.All.Keys];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public void Rows_are_the_same_each_time_and_from_gzip(string format)
    {
        var path = _files.Write(format);
        var rows = FormatFiles.Open(format, path);
        var texts = FormatFiles.Texts(rows);
        var packed = _files.Write(format, gzip: true);

        Assert.NotEmpty(texts);
        Assert.Equal(texts, FormatFiles.Texts(rows));
        Assert.Equal(texts, FormatFiles.Texts(FormatFiles.Open(format, packed)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_missing_file_or_folder_is_told_at_once(string format)
    {
        var path = _files.Write(format);
        Assert.Throws<FileNotFoundException>(() => FormatFiles.Open(format, path + ".none"));
        Assert.Throws<DirectoryNotFoundException>(() => FormatFiles.Open(format, path, Path.Combine(_files.Folder, "none")));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_missing_image_is_an_error_with_its_place_or_is_left_out(string format)
    {
        var path = _files.Write(format);
        var folder = Directory.CreateDirectory(Path.Combine(_files.Folder, "images")).FullName;
        var error = Assert.Throws<InvalidDataException>(() => FormatFiles.Texts(FormatFiles.Open(format, path, folder)));

        Assert.StartsWith(path + ": ", error.Message);
        Assert.Matches(@"^: \w+ \d+(?s:.*): there is no image '[^']+' in ", error.Message[path.Length..]);
        Assert.Empty(FormatFiles.Open(format, path, folder, new() { SkipMissingImages = true }));
    }

    [Theory]
    [InlineData("Visual Genome", "\"answer\"", "\"anwser\"", "image 0 (byte 1): qas[0]: 'answer' is missing")]
    [InlineData("Visual Genome", "[{\"image_id\"", "[7, {\"image_id\"", "image 0 (byte 1): qas[0]: an object is expected but it is the number 7")]
    [InlineData("GQA", "\"Is it wet?\"", "3", "question 0 (byte 8): 'question' must be a string but is the number 3")]
    [InlineData("GQA", "{\"101\": {", "[{\"101\": {", "a JSON object with a member for each question is expected")]
    [InlineData("VCR", "[[1]]]", "[[7]]]", "line 1: 'answer_choices[3]' must be a whole number from 0 below 3 but is the number 7")]
    [InlineData("VCR", "[\"c\"], ", "", "line 1: 'rationale_choices' must have 4 texts but has 3")]
    [InlineData("VCR", "\"answer_label\": 1", "\"answer_label\": 4", "line 1: 'answer_label' must be a whole number from 0 below 4")]
    [InlineData("COCO captions", "\"image_id\": 9", "\"image_id\": 10", "annotation 0 (byte 17): there is no image 10 in the list 'images'")]
    [InlineData("COCO captions", "\"images\"", "\"pictures\"", "there is no list 'images'")]
    [InlineData("Flickr30k", "77.jpg#1\t", "77.jpg#1 ", "line 2: an image's file, '#', a number, a tab and a caption are expected")]
    [InlineData("Conceptual Captions", "a kite\t", "a kite", "line 1: a caption, a tab and an address are expected")]
    [InlineData("Visual7W", "[999,", "[998,", "image 0 (byte 35): qa_pairs[0]: there is no box 998 in the list 'boxes'")]
    [InlineData("Visual7W", "\"x\": 8", "\"x\": \"8\"", "'x' must be a number but is the string \"8\"")]
    [InlineData("NLVR2", "dev-12-3-1", "dev-12", "line 1: 'identifier' must be <part>-<set>-<pair>-<sentence> but is \"dev-12\"")]
    [InlineData("NLVR", "\"false\"", "\"maybe\"", "line 1: 'label' must be true or false but is \"maybe\"")]
    [InlineData("SNLI-VE", "\"neutral\"", "\"unsure\"", "line 2: 'gold_label' must be entailment, neutral, contradiction or - but is \"unsure\"")]
    [InlineData("SNLI-VE", "\"neutral\"", "neutral", "line 2, byte 39: not valid JSON")]
    [InlineData("GuessWhat questions", "\"No\"", "\"Perhaps\"", "line 1: qas[0]: 'answer' must be Yes, No or N/A but is \"perhaps\"")]
    [InlineData("GuessWhat games", "\"object_id\": 22", "\"object_id\": 23", "line 1: 'object_id' is 23, which none of its 2 objects has")]
    [InlineData("GuessWhat games", "[4.5, 5, 6, 7]", "[4.5, 5, 6]", "line 1: objects[1]: 'bbox' must be a list of 4 numbers but is a list")]
    public void A_bad_row_is_named_by_file_and_place(string format, string whole, string broken, string message)
    {
        var content = FormatFiles.All[format].Content;
        Assert.Contains(whole, content);
        var path = _files.Write(format, content.Replace(whole, broken, StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => FormatFiles.Texts(FormatFiles.Open(format, path)));

        Assert.StartsWith(path, error.Message);
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Spoiled_files_are_refused_or_read(string format)
    {
        var random = new Random(1);
        var whole = System.Text.Encoding.UTF8.GetBytes(FormatFiles.All[format].Content);
        var refused = 0;
        for (var i = 0; i < 300; i++)
        {
            var path = _files.Write(FormatFiles.All[format].File, Mutations.Mutate(whole, random));
            try
            {
                FormatFiles.Texts(FormatFiles.Open(format, path));
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(path + ": ", e.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 1, 299);
    }

    [Fact]
    public void Rows_become_columns_that_are_read_again_and_again()
    {
        var ml = new MLContext(1);
        var view = GuessWhatDataset.LoadGames(_files.Write("GuessWhat games")).ToDataView(ml);

        Assert.Equal(
            ["ChoiceBoxes: Vector<Single>", "ImageId: String", "ImagePath: String", "ImageSize: Vector<Single, 2>", "Label: String"],
            view.Schema.Where(column => column.Name is not ("Boxes" or "Question" or "QuestionId")).Select(column => $"{column.Name}: {column.Type}").Order());
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var row = Assert.Single(ml.Data.CreateEnumerable<PointingExample>(view, reuseRowObject: false));
            Assert.Equal([0, 1, 2, 4, 4.5f, 5, 10.5f, 12], row.ChoiceBoxes);
        }
    }

    [Fact]
    public void A_list_of_images_chooses_a_part()
    {
        var list = _files.Write("part.txt", "78\n"u8);
        Assert.Empty(Flickr30kDataset.Load(_files.Write("Flickr30k"), options: new() { ImageListPath = list }));
        Assert.Equal(2, Flickr30kDataset.Load(_files.Write("Flickr30k"), options: new() { ImageListPath = _files.Write("part.txt", "77.jpg\r\n"u8) }).Count());
    }

    [Fact]
    public void Images_are_found_by_pattern()
    {
        var folder = Path.GetDirectoryName(_files.Write("images/00000001.jpg", []))!;
        var rows = ConceptualCaptionsDataset.Load(
            _files.Write("Conceptual Captions"), folder, new() { ImagePattern = "{image_id:D8}.jpg", SkipMissingImages = true });

        var row = Assert.Single(rows);
        Assert.Equal(
            ("1", "a red dog", "00000001", "http://localhost/b.jpg", Path.Combine(folder, "00000001.jpg")),
            (row.CaptionId, row.Caption, row.ImageId, row.ImageUrl, row.ImagePath));
    }
}
