using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tests.Checkpoints;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets.Formats;

/// <summary>
/// Values of rows. The files are own ones: of Visual7W, GuessWhat, RefCOCO's pickle and the annotations of Flickr30k Entities there is no
/// sample to test on.
/// </summary>
public sealed class OwnFileTests : IDisposable
{
    private const string Instances =
        """
        {"annotations": [{"id": 50, "image_id": 9, "bbox": [1, 2, 10, 20], "category_id": 1, "segmentation": [[0, 1]]}],
         "images": [{"id": 9, "file_name": "COCO_train2014_000000000009.jpg", "width": 40, "height": 30}],
         "categories": [{"id": 1, "name": "kite", "supercategory": "toy"}]}
        """;

    /// <summary>A reference as Python 2 pickles it (protocol 0).</summary>
    private const string OldPickle =
        "(lp0\n(dp1\nS'sent_ids'\np2\n(lp3\nI7\naI8\nasS'file_name'\np4\nS'COCO_train2014_000000000009_5.jpg'\np5\nsS'ann_id'\np6\nI50\n"
        + "sS'ref_id'\np7\nI3\nsS'image_id'\np8\nI9\nsS'split'\np9\nS'testA'\np10\nsS'category_id'\np11\nI1\nsS'sentences'\np12\n(lp13\n"
        + "(dp14\nS'tokens'\np15\n(lp16\nS'red'\np17\nasS'raw'\np18\nS'RED'\np19\nsS'sent_id'\np20\nI7\nsS'sent'\np21\nS'red'\np22\nsa"
        + "(dp23\ng20\nI8\nsg21\nVr\\u00f6d kite\np24\nsas(lp25\nS'x'\np26\nsa.";

    private readonly FormatFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Vcr_texts_have_names_in_the_place_of_numbers()
    {
        var row = Assert.Single(VcrDataset.Load(_files.Write("VCR")));
        Assert.Equal(("val-3", "Who holds dog ?", "1", "3"), (row.QuestionId, row.Question, row.AnswerLabel, row.RationaleLabel));
        Assert.Equal(["Casey", "Riley Casey do", "Nobody .", "dog"], new[] { row.Answer0, row.Answer1, row.Answer2, row.Answer3 });
        Assert.Equal("Who holds dog ? Riley Casey do", row.AnsweredQuestion);
        Assert.Equal(["a", "b Riley", "c", "d"], new[] { row.Rationale0, row.Rationale1, row.Rationale2, row.Rationale3 });
        Assert.Empty(row.ObjectBoxes);
    }

    [Fact]
    public void Vcr_texts_tell_which_object_each_word_names()
    {
        var row = Assert.Single(VcrDataset.Load(_files.Write("VCR")));
        Assert.Equal([0, 0, 2, 0], row.QuestionTags);
        Assert.Equal([[1], [3, 1, 0], [0, 0], [2]], new[] { row.Answer0Tags, row.Answer1Tags, row.Answer2Tags, row.Answer3Tags });
        Assert.Equal([0, 0, 2, 0, 3, 1, 0], row.AnsweredQuestionTags);
        Assert.Equal([[0], [0, 3], [0], [0]], new[] { row.Rationale0Tags, row.Rationale1Tags, row.Rationale2Tags, row.Rationale3Tags });

        var joined = Assert.Single(VcrDataset.Load(_files.Write("VCR"), joiningWord: "and"));
        Assert.Equal(("Riley and Casey do", "Casey"), (joined.Answer1, joined.Answer0));
        Assert.Equal([3, 0, 1, 0], joined.Answer1Tags);
    }

    [Fact]
    public void Vcr_boxes_come_from_the_metadata()
    {
        var path = _files.Write("VCR");
        void Write(string json) => _files.Write("film/a.json", System.Text.Encoding.UTF8.GetBytes(json));
        Write("""{"boxes": [[0, 1, 2, 3, 0.9], [4, 5, 6, 7, 0.8], [8, 9, 10, 11, 0.7]], "width": 40, "height": 30, "segms": []}""");
        var row = Assert.Single(VcrDataset.Load(path, metadataFolder: _files.Folder));
        Assert.Equal(Enumerable.Range(0, 12).Select(number => (float)number), row.ObjectBoxes);
        Assert.Equal([40f, 30f], row.ImageSize);

        Write("""{"boxes": [[0, 1, 2, 3]], "width": 40, "height": 30}""");
        var error = Assert.Throws<InvalidDataException>(() => VcrDataset.Load(path, metadataFolder: _files.Folder).Count());
        Assert.EndsWith("a.json: there are 1 boxes for 3 objects.", error.Message);
    }

    [Fact]
    public void Visual7w_choices_are_in_the_order_of_their_numbers()
    {
        var row = Assert.Single(Visual7WDataset.LoadPointing(_files.Write("Visual7W"), "val"));
        Assert.Equal(("31", "Which kite is red?", "v7w_3", "2"), (row.QuestionId, row.Question, row.ImageId, row.Label));
        Assert.Equal([1, 2, 11, 22, 0, 0, 5, 5, 3, 4, 9, 11, 8, 8, 10, 10], row.ChoiceBoxes);
        Assert.Equal([3, 4, 9, 11], row.Boxes);
        Assert.Empty(Visual7WDataset.LoadPointing(_files.Write("Visual7W"), "train"));
    }

    [Fact]
    public void Guess_what_has_questions_and_whole_games()
    {
        var path = _files.Write("GuessWhat games");
        Assert.Equal(
            [("1", "Is it alive?", "no", "kite"), ("2", "Red?", "n/a", "kite")],
            GuessWhatDataset.LoadQuestions(path).Select(row => (row.QuestionId, row.Question, row.Label, row.Expression)));
        Assert.All(GuessWhatDataset.LoadQuestions(path), row => Assert.Equal([4.5f, 5, 10.5f, 12], row.Boxes));
        var game = Assert.Single(GuessWhatDataset.LoadGames(path));
        Assert.Equal(("5", "start Is it alive? answer no stop start Red? answer n/a stop", "1", "COCO_val2014_000000000009"), (game.QuestionId, game.Question, game.Label, game.ImageId));
        Assert.Equal([40f, 30f], game.ImageSize);

        var lost = FormatFiles.All["GuessWhat games"].Content.Replace("success", "failure", StringComparison.Ordinal);
        Assert.Empty(GuessWhatDataset.LoadGames(_files.Write("GuessWhat games", lost)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Refcoco_references_are_read_from_pickles_of_both_pythons(int protocol)
    {
        var refs = _files.Write("refs(unc).p", protocol == 0 ? System.Text.Encoding.ASCII.GetBytes(OldPickle) : NewPickle("testA"));
        var rows = RefCocoDataset.Load(refs, _files.Write("instances.json", System.Text.Encoding.UTF8.GetBytes(Instances)), "testA").ToList();

        Assert.Equal(
            [("3", "7", "red", "kite", "COCO_train2014_000000000009"), ("3", "8", "röd kite", "kite", "COCO_train2014_000000000009")],
            rows.Select(row => (row.ReferenceId, row.SentenceId, row.Expression, row.Category, row.ImageId)));
        Assert.All(rows, row => Assert.Equal([1, 2, 11, 22, 40, 30], row.Boxes.Concat(row.ImageSize)));
    }

    [Theory]
    [InlineData("I50", "I51", "reference 0: there is no annotation 51 in ")]
    [InlineData("I50", "S'x'", "reference 0: 'ann_id' must be a whole number but is 'x'")]
    [InlineData("(lp13\n", "(lp13\nI7\na", "reference 0: sentences 0: a dictionary is expected but it is 7")]
    [InlineData("S'split'", "S'part'", "reference 0: 'split' is missing")]
    [InlineData("(lp0\n", "(ios\nsystem\np0\n", "a list is expected but it is")]
    [InlineData("sa.", "s", "it is no pickle that can be read")]
    public void A_bad_reference_is_named(string whole, string broken, string message)
    {
        var refs = _files.Write("refs.p", System.Text.Encoding.ASCII.GetBytes(OldPickle.Replace(whole, broken, StringComparison.Ordinal)));
        var instances = _files.Write("instances.json", System.Text.Encoding.UTF8.GetBytes(Instances));
        var error = Assert.Throws<InvalidDataException>(() => RefCocoDataset.Load(refs, instances));
        Assert.StartsWith(refs + ": ", error.Message);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Spoiled_references_are_refused_or_read()
    {
        var random = new Random(1);
        var whole = System.Text.Encoding.ASCII.GetBytes(OldPickle);
        var instances = _files.Write("instances.json", System.Text.Encoding.UTF8.GetBytes(Instances));
        var refused = 0;
        for (var i = 0; i < 1000; i++)
        {
            var refs = _files.Write("refs.p", Mutations.Mutate(whole, random));
            try
            {
                RefCocoDataset.Load(refs, instances);
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(refs + ": ", e.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 1, 999);
    }

    [Fact]
    public void As_many_references_as_refcoco_has_are_read()
    {
        // Each sentence takes some 40 steps; checkpoints may take two million.
        var pickle = new PickleBuilder().Raw(']').Raw('(');
        for (var i = 0; i < 50_000; i++) Reference(pickle, "train");
        var refs = _files.Write("refs.p", pickle.Raw('e').Stop());
        var instances = _files.Write("instances.json", System.Text.Encoding.UTF8.GetBytes(Instances));
        Assert.Equal(100_000, RefCocoDataset.Load(refs, instances).Count());
    }

    [Fact]
    public void Entities_have_the_boxes_of_their_chain()
    {
        _files.Write("Sentences/77.txt", "[/EN#1/people A man] flies [/EN#2/toys/other a red kite] in [/EN#0/notvisual the wind] .\n"u8);
        _files.Write("Annotations/77.xml", System.Text.Encoding.UTF8.GetBytes(Annotations));
        var rows = Flickr30kEntitiesDataset.Load(_files.Folder).ToList();

        Assert.Equal([("77#0", "1", "A man", 0), ("77#0", "2", "a red kite", 3)], rows.Select(row => (row.SentenceId, row.ChainId, row.Expression, row.FirstWord)));
        Assert.All(rows, row => Assert.Equal("A man flies a red kite in the wind .", row.Sentence));
        Assert.Equal([0, 1, 9, 19], rows[0].Boxes);
        Assert.Equal([4, 4, 5, 5, 6, 6, 7, 7], rows[1].Boxes);
        Assert.Equal(["toys", "other"], rows[1].PhraseTypes);
        Assert.Equal([40f, 30f], rows[1].ImageSize);
        Assert.Equal("the wind", Flickr30kEntitiesDataset.Load(_files.Folder, onlyWithBoxes: false).Last().Expression);
    }

    [Theory]
    [InlineData("[/EN#1/people A man flies", "", "77.txt: line 1: the phrase of chain 1 has no ']'")]
    [InlineData("[/EN#1/people A [/EN#2/toys kite] flies]", "", "77.txt: line 1: '[/EN#2/toys' after word 1 is no beginning of a phrase")]
    [InlineData("A man", "<annotation><object><name>1</name>\n<bndbox><xmin>a</xmin></bndbox></object></annotation>", "77.xml: line 2: 'bndbox' must have the number 'xmin' but has 'a'")]
    [InlineData("A man", "<annotation>\n<object>", "77.xml: line 2")]
    [InlineData("A man", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "77.xml: line ")]
    [InlineData("A man", null, "77.txt: its annotations")]
    public void Bad_entities_are_named(string sentence, string? annotations, string message)
    {
        _files.Write("Sentences/77.txt", System.Text.Encoding.UTF8.GetBytes(sentence));
        _files.Write(annotations is null ? "Annotations/78.xml" : "Annotations/77.xml", System.Text.Encoding.UTF8.GetBytes(annotations is { Length: > 0 } ? annotations : Annotations));
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Flickr30kEntitiesDataset.Load(_files.Folder).Count()).Message);
    }

    [Fact]
    public void Lists_that_no_one_asked_for_may_be_longer_than_a_row()
    {
        // 70 MB before the list that is wanted.
        var path = Path.Combine(_files.Folder, "large.json");
        using (var writer = new StreamWriter(path))
        {
            writer.Write("{\"annotations\": [0");
            var block = string.Concat(Enumerable.Repeat(", [\"]}\", {\"a\": []}]", 50_000));
            for (var i = 0; i < 75; i++) writer.Write(block);
            writer.Write("], \"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}]}");
        }

        Assert.True(new FileInfo(path).Length > 64 << 20);
        Assert.Equal("a.jpg", CocoImage.Read(path)[1].File);
    }

    private static string Annotations =>
        """
        <annotation><filename>77.jpg</filename><size><width>40</width><height>30</height><depth>3</depth></size>
        <object><name>1</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>20</ymax></bndbox></object>
        <object><name>2</name><bndbox><xmin>5</xmin><ymin>5</ymin><xmax>6</xmax><ymax>6</ymax></bndbox></object>
        <object><name>2</name><name>3</name><bndbox><xmin>7</xmin><ymin>7</ymin><xmax>8</xmax><ymax>8</ymax></bndbox></object>
        <object><name>4</name><scene>1</scene><nobndbox>0</nobndbox></object></annotation>
        """;

    private static byte[] NewPickle(string split) => Reference(new PickleBuilder().Raw(']').Raw('('), split).Raw('e').Stop();

    private static PickleBuilder Reference(PickleBuilder pickle, string split)
    {
        pickle.Raw('}').Raw('(').Text("ann_id").Int(50).Text("ref_id").Int(3).Text("image_id").Int(9).Text("split").Text(split)
            .Text("category_id").Int(1).Text("sentences").Raw(']').Raw('(');
        foreach (var (id, text) in new[] { (7, "red"), (8, "röd kite") })
        {
            pickle.Raw('}').Raw('(').Text("sent_id").Int(id).Text("sent").Text(text).Text("tokens").Raw(']').Raw('(');
            for (var i = 0; i < 8; i++) pickle.Text("word");
            pickle.Raw('e').Raw('u');
        }

        return pickle.Raw('e').Raw('u');
    }
}
