using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tasks.Answering;
using MLNet.VisionLanguage.Tasks.Matching;
using MLNet.VisionLanguage.Tasks.Retrieval;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Every text with every image, each computed once as far as it goes alone.</summary>
public sealed class AllPairsTests
{
    private readonly MLContext _ml = new(1);

    public static TheoryData<string> Kinds => [.. VisionLanguageModel.Kinds];

    public static TheoryData<string> Variants => ["task tokens", "dynamic attention", "fast mode", "two co-attentions", "no layer before"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Scores_are_those_of_the_pairs(string kind)
    {
        var (texts, images) = (Texts(9), Images(7));
        foreach (var matching in new[] { false, true })
        {
            using var model = Create(Model(kind), matching);
            var expected = Expected(model, texts, images);
            foreach (var size in new[] { 1, 3, 0 })
                Same(expected, model.ScoreAllPairs(View(texts), View(images), size), $"{kind} {size}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_smallest_text_and_image_have_a_score(string kind)
    {
        using var model = Create(Questions.ModelOf(kind), matching: false);
        var (texts, images) = (Texts(4), Images(4));
        (texts[0].InputIds, texts[0].AttentionMask, texts[0].TokenTypeIds) = ([5], [1], [0]);
        foreach (var (some, others) in new[] { (texts[..1], images[..1]), (texts[..1], images), (texts, images[..1]) })
            Same(Expected(model, some, others), model.ScoreAllPairs(View(some), View(others)), kind);
        Assert.Empty(model.ScoreAllPairs(View([]), View(images)));
        Assert.Empty(Assert.Single(model.ScoreAllPairs(View(texts[..1]), View([]))));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Variants_of_the_plan_score_alike(string variant)
    {
        var config = Questions.Model with { TextLayers = 3, ImageLayers = 2, TextLayersBeforeCoAttention = [1], ImageLayersBeforeCoAttention = [1] };
        using var model = Create(
            variant switch
            {
                "task tokens" => config with { TaskTokens = true },
                "dynamic attention" => config with { DynamicAttention = true },
                "fast mode" => config with { FastMode = true },
                "two co-attentions" => config with { TextLayersBeforeCoAttention = [1, 2], ImageLayersBeforeCoAttention = [0, 1] },
                _ => config with { TextLayersBeforeCoAttention = [0], ImageLayersBeforeCoAttention = [0] },
            },
            matching: false);
        Same(Expected(model, Texts(5), Images(4)), model.ScoreAllPairs(View(Texts(5)), View(Images(4)), 3), variant);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Weights_stored_with_fewer_bits_score_alike(string kind)
    {
        foreach (var type in new[] { TensorElementType.Float16, TensorElementType.Int8 })
        {
            using var model = Create(Questions.ModelOf(kind), matching: false, type);
            Same(Expected(model, Texts(3), Images(3)), model.ScoreAllPairs(View(Texts(3)), View(Images(3))), $"{kind} {type}");
        }
    }

    [Fact]
    public void Every_row_is_read_once_in_blocks_of_any_number()
    {
        using var model = Create(Questions.Model, matching: false);
        var (texts, images) = (Texts(150), Images(5));
        int textRows = 0, imageRows = 0;
        var reported = new List<long>();

        var found = model.ScoreAllPairs(
            View(Counted(texts, () => textRows++)), View(Counted(images, () => imageRows++)), 2, new ImmediateReport(reported.Add));

        Same(Expected(model, texts, images), found, "150 texts");
        Assert.Equal((150, 5), (textRows, imageRows));
        Assert.Equal(750, reported[^1]);
        Assert.Equal(reported.Order(), reported);

        static IEnumerable<TaskRow> Counted(IEnumerable<TaskRow> rows, Action count) => rows.Select(row =>
        {
            count();
            return row;
        });
    }

    [Theory]
    [InlineData("vilbert", "bert.encoder.layer.1.", "bert.encoder.v_layer.0.", "bert.encoder.layer.2.")]
    [InlineData("lxmert", ".encoder.layer.0.", ".encoder.r_layers.0.", ".encoder.x_layers.0.visual_attention.output.")]
    [InlineData("vlbert", "vlbert.word_embeddings.", "vlbert.visual_ln_object.", "vlbert.encoder.layer.0.")]
    public void Each_part_has_the_layers_that_it_alone_runs(string kind, string ofTexts, string ofImages, string ofPairs)
    {
        var model = kind == "vilbert"
            ? Questions.Model with { TextLayers = 3, ImageLayers = 2, TextLayersBeforeCoAttention = [2], ImageLayersBeforeCoAttention = [1] }
            : Questions.ModelOf(kind);
        var network = new TaskNetwork(model, new RetrievalSettings { Model = model }.CreateHead());
        var graph = TaskGraph.Create(network, new RandomWeights(network));
        var parts = graph.Cut([.. StandardColumns.Text.Columns.Select(column => column.Name)]);
        GraphBuilder[] three = [parts.Left, parts.Right, parts.Join(_ => null)];
        foreach (var (place, name) in new[] { ofTexts, ofImages, ofPairs }.Index())
        {
            Assert.Equal(
                [place == 0, place == 1, place == 2],
                three.Select(part => OnnxSignature.Read(new MemoryStream(part.ToArray())).Initializers.Any(own => own.Contains(name))));
        }
    }

    [Fact]
    public void A_chain_scores_texts_and_images_by_the_steps_before()
    {
        using var folder = new TemporaryFolder();
        var vocabulary = BertVocabulary.Build(["red ball", "a blue ball here", "no ball"]);
        var config = Questions.Model with { VocabularySize = vocabulary.Count };
        var settings = new RetrievalSettings { Model = config, Columns = { ["RegionBoxes"] = "Boxes" } };
        var own = settings.Create(_ml, new RandomWeights(settings.ToNetwork()));
        var rows = Pairs(Texts(1), Images(4)).Select((row, i) => new WordRow
        {
            Text = new[] { "red", "a blue ball", "no ball here", "ball" }[i],
            RegionFeatures = row.RegionFeatures,
            RegionBoxes = row.RegionBoxes,
            ImageSize = row.ImageSize,
        }).ToList();
        var view = _ml.Data.LoadFromEnumerable(rows);
        var chain = _ml.Transforms.TokenizeText(vocabulary, "Text", maxLength: 12)
            .Append(_ml.Transforms.CopyColumns("Boxes", "RegionBoxes")).Fit(view).Append(own);
        _ml.Model.Save(chain, view.Schema, folder.File("model.zip"));
        var loaded = new MLContext().VisionLanguage().Load(folder.File("model.zip"));

        var texts = _ml.Data.LoadFromEnumerable(rows.Select(row => new { row.Text }));
        var images = _ml.Transforms.DropColumns("Text").Fit(view).Transform(view);
        var found = _ml.VisionLanguage().ScoreAllPairs(loaded, texts, images);

        Assert.Equal((4, 4), (found.Count, found[0].Length));
        float[] expected = [.. chain.Transform(view).GetColumn<float>("Score")];
        GoldenAssert.Close(expected, [.. found.Select((row, i) => row[i])], 1e-5, "diagonal");

        var plain = new MLContext().Model.Load(folder.File("model.zip"), out _);
        Assert.Contains("as training gives it or VisionLanguage().Load", Refused(() => _ml.VisionLanguage().ScoreAllPairs(plain, texts, images)));
        Assert.Contains(
            "ScoreAllPairs: TokenizeTextTransformer can use neither the texts", Refused(() => _ml.VisionLanguage().ScoreAllPairs(loaded, images, images)));
        Assert.Contains("'RegionFeatures'", Refused(() => _ml.VisionLanguage().ScoreAllPairs(own, View(Texts(1)), _ml.Transforms.DropColumns("RegionFeatures").Fit(View(Texts(1))).Transform(View(Texts(1))))));
        (loaded as IDisposable)?.Dispose();
        own.Dispose();
        Assert.Throws<ObjectDisposedException>(() => own.ScoreAllPairs(View(Texts(1)), View(Images(1))));
    }

    [Fact]
    public void A_second_look_at_what_an_index_found_equals_scoring_all()
    {
        using var model = Create(Questions.Model, matching: true);
        var (texts, images) = (Texts(6), Images(9));
        var all = model.ScoreAllPairs(View(texts), View(images));
        var random = new Random(2);
        float[] Embed() => [random.NextSingle(), random.NextSingle(), random.NextSingle()];
        var index = EmbeddingIndex.Create(images.Select((_, i) => ($"{i}", Embed())), normalize: true);
        foreach (var (text, scores) in texts.Zip(all))
        {
            var kept = index.Search(Embed(), 4);
            var found = EmbeddingIndex.Rerank(kept, ids => model.ScoreAllPairs(View([text]), View(ids.Select(id => images[int.Parse(id)])))[0]);
            var expected = kept.Select(item => item with { Score = scores[int.Parse(item.Id)] }).OrderByDescending(item => item.Score).ToList();
            Assert.Equal(expected.Select(item => item.Id), found.Select(item => item.Id));
            GoldenAssert.Close([.. expected.Select(item => item.Score)], [.. found.Select(item => item.Score)], 1e-5, "second look");
        }
    }

    [Fact]
    public void What_cannot_be_scored_is_named()
    {
        var answers = new AnswerModelSettings { Model = Questions.Model, Answers = ["yes", "no"] };
        using var other = answers.Create(_ml, new RandomWeights(answers.ToNetwork()));
        Assert.Contains("this one has VisualQuestionAnsweringTransformer", Refused(() => _ml.VisionLanguage().ScoreAllPairs(other, View([]), View([]))));

        using var model = Create(Questions.Model, matching: true);
        var (texts, images) = (Texts(5), Images(3));
        texts[3].InputIds[1] = Questions.Vocabulary;
        images[2].RegionFeatures[0] = float.NaN;
        var wrongText = Assert.Throws<InvalidOperationException>(() => model.ScoreAllPairs(View(texts), View(images))).Message;
        Assert.Contains("ImageTextMatching: texts: row 3: column 'InputIds'", wrongText);
        var wrongImage = Assert.Throws<InvalidOperationException>(() => model.ScoreAllPairs(View(Texts(5)), View(images))).Message;
        Assert.Contains("ImageTextMatching: images: row 2: column 'RegionFeatures'", wrongImage);
        Assert.Contains("batchSize", Refused(() => model.ScoreAllPairs(View(texts), View(images), -1)));
        Assert.Throws<OperationCanceledException>(
            () => model.ScoreAllPairs(View(Texts(5)), View(Images(3)), cancellation: new CancellationToken(true)));
    }

    /// <summary>VL-BERT tells by its pooled vector whether text and image belong together.</summary>
    private static VisionLanguageModel Model(string kind) =>
        Questions.ModelOf(kind) is VlBertConfig config ? config with { Pooler = true } : Questions.ModelOf(kind);

    private static string Refused(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;

    private static void Same(float[][] expected, IReadOnlyList<float[]> found, string name)
    {
        Assert.Equal(expected.Length, found.Count);
        for (var i = 0; i < expected.Length; i++) GoldenAssert.Close(expected[i], found[i], 1e-5, $"{name}, text {i}");
    }

    private ImageTextPairTransformer Create(VisionLanguageModel model, bool matching, TensorElementType type = TensorElementType.Float32)
    {
        TaskSettings settings = matching ? new MatchingSettings { Model = model } : new RetrievalSettings { Model = model };
        var weights = new RandomWeights(settings.ToNetwork(), type);
        return settings is MatchingSettings own ? own.Create(_ml, weights) : ((RetrievalSettings)settings).Create(_ml, weights);
    }

    /// <summary>The score of each pair as a row of its own.</summary>
    private float[][] Expected(ImageTextPairTransformer model, List<TaskRow> texts, List<TaskRow> images)
    {
        float[] scores = [.. model.Transform(View(Pairs(texts, images))).GetColumn<float>("Score")];
        Assert.True(scores.Length < 4 || scores.Max() - scores.Min() > 1e-3, "The scores do not differ.");
        return [.. scores.Chunk(images.Count)];
    }

    private static List<TaskRow> Pairs(List<TaskRow> texts, List<TaskRow> images) =>
    [
        .. texts.SelectMany(text => images.Select(image => new TaskRow
        {
            InputIds = text.InputIds,
            AttentionMask = text.AttentionMask,
            TokenTypeIds = text.TokenTypeIds,
            RegionFeatures = image.RegionFeatures,
            RegionBoxes = image.RegionBoxes,
            ImageSize = image.ImageSize,
        })),
    ];

    private IDataView View(IEnumerable<TaskRow> rows) => TaskRows.View(_ml, rows);

    /// <summary>Texts of 2 to 7 tokens, which differ.</summary>
    private static List<TaskRow> Texts(int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        long[] ids = [2, 5 + (i % 13), .. Enumerable.Repeat((long)(6 + (i % 7)), i * 5 % 6)];
        return new TaskRow { InputIds = ids, AttentionMask = [.. ids.Select(_ => 1L)], TokenTypeIds = [.. ids.Select((_, k) => k > 3 ? 1L : 0)] };
    })];

    /// <summary>Images of 1 to 4 regions.</summary>
    private static List<TaskRow> Images(int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var (random, regions) = (new Random(i), 1 + (i * 3 % 4));
        return new TaskRow
        {
            RegionFeatures = [.. Enumerable.Range(0, regions * Questions.FeatureSize).Select(_ => (2 * random.NextSingle()) - 1)],
            RegionBoxes = [.. Enumerable.Range(0, regions).SelectMany(k => new float[] { k * 7, i, (k * 7) + 6, i + 9 })],
            ImageSize = [40, 30],
        };
    })];

    private sealed class WordRow
    {
        public string Text { get; set; } = "";

        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [];
    }

    private sealed class ImmediateReport(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
