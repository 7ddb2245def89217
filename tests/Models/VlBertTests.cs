using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Engine;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class VlBertTests
{
    private static readonly VlBertConfig Model = VlBertConfig.Tiny with
    {
        VocabularySize = 20,
        RegionFeatureSize = 3,
        HiddenSize = 8,
        VisualSize = 6,
        Heads = 2,
        IntermediateSize = 12,
        Layers = 2,
        CoordinateSize = 2,
        MaxPositions = 14,

        // What a token carries of the image is to be seen.
        TextVisualScale = 1,
    };

    private static readonly float[] Features = [1, 2, 3, 5, 4, 3];
    private static readonly float[] Boxes = [10, 5, 30, 25, 0, 0, 20, 10];

    /// <summary>
    /// Eleven places for five tokens and three objects: the packed sequence has nine, and the reference gives these nine.
    /// </summary>
    [Fact]
    public void A_text_padded_beyond_the_packed_sequence_is_cut_to_it_on_both_engines()
    {
        var (torch, onnx) = BothEngines.Run(new Piece(e => e.Of(tokens: 9)));
        Assert.Equal([1, 9, 8], torch["text"].Shape);
        AssertSame(torch, onnx);
    }

    [Fact]
    public void Padding_of_text_and_regions_changes_nothing()
    {
        var (exact, _) = BothEngines.Run(new Piece(e => e));
        var (padded, graph) = BothEngines.Run(new Piece(e => e.Of(tokens: 9, regions: 5)));
        GoldenAssert.Close(exact["joint"].Values, padded["joint"].Values, 1e-5, "joint");
        GoldenAssert.Close(exact["joint"].Values, graph["joint"].Values, 1e-5, "joint");
    }

    /// <summary>Padding beyond the position table takes its last row: what it holds is never seen.</summary>
    [Fact]
    public void Padded_positions_beyond_the_table_are_allowed()
    {
        var (exact, _) = BothEngines.Run(new Piece(e => e));
        var (torch, onnx) = BothEngines.Run(new Piece(e => e.Of(regions: 20, crowd: true)));
        AssertSame(torch, onnx);
        GoldenAssert.Close(exact["joint"].Values, torch["joint"].Values[..8], 1e-5, "joint of the row with two regions");
    }

    /// <summary>The last text that fits leaves positions for the answer slot, the objects and [END].</summary>
    [Theory]
    [InlineData(3, 0)]
    [InlineData(3, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 0)]
    [InlineData(10, 2)]
    public void Rows_at_the_edges_have_the_same_states_on_both_engines(int tokens, int regions)
    {
        Assert.Equal(10, Model.MaxTokens);
        var (torch, onnx) = BothEngines.Run(new Piece(e => e.Saying(tokens).Of(tokens, regions)));
        Assert.Equal([1, tokens + VlBertText.SlotTokens, 8], torch["text"].Shape);
        Assert.Equal([1, regions + 1, 8], torch["image"].Shape);
        Assert.All(torch.Values, result => Assert.All(result.Values, value => Assert.True(float.IsFinite(value))));
        AssertSame(torch, onnx);

        // An image without regions looks like one whose regions are all padding.
        if (regions > 0) return;
        var (padded, graph) = BothEngines.Run(new Piece(e => e.Saying(tokens).Of(tokens, regions: 2, empty: true)));
        GoldenAssert.Close(torch["joint"].Values, padded["joint"].Values, 1e-5, "joint");
        GoldenAssert.Close(torch["joint"].Values, graph["joint"].Values, 1e-5, "joint");
    }

    /// <summary>Tag 0 is the whole image, which is what tokens carry without tags; one of an object that is not there carries nothing.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_token_carries_the_object_of_its_tag_on_both_engines(bool hasSlot)
    {
        var (plain, _) = BothEngines.Run(new Piece(e => e, hasSlot));
        var (whole, _) = BothEngines.Run(new Piece(e => e.Tagged(0, 0, 0), hasSlot));
        var (first, onnx) = BothEngines.Run(new Piece(e => e.Tagged(0, 1, 0), hasSlot));
        var (second, _) = BothEngines.Run(new Piece(e => e.Tagged(0, 2, 0), hasSlot));
        var (absent, graph) = BothEngines.Run(new Piece(e => e.Tagged(0, 9, 0), hasSlot));
        AssertSame(first, onnx);
        AssertSame(absent, graph);
        GoldenAssert.Close(plain["text"].Values, whole["text"].Values, 1e-5, "text");
        float[][] states = [whole["text"].Values, first["text"].Values, second["text"].Values, absent["text"].Values];
        for (var i = 0; i < states.Length; i++)
            for (var k = 0; k < i; k++) Assert.True(states[i].Zip(states[k]).Max(pair => Math.Abs(pair.First - pair.Second)) > 1e-3);
    }

    /// <summary>Neither side sees the other, whichever is longer; regions of a row without an image have no say.</summary>
    [Theory]
    [InlineData(3, 2, 7)]
    [InlineData(7, 2, 1)]
    [InlineData(3, 0, 10)]
    [InlineData(1, 1, 1)]
    public void Texts_without_an_image_and_captions_do_not_see_each_other(int tokens, int regions, int words)
    {
        var (alone, _) = BothEngines.Run(new Pretrained(tokens, regions, null));
        var (both, onnx) = BothEngines.Run(new Pretrained(tokens, regions, words));
        var (others, _) = BothEngines.Run(new Pretrained(tokens: 4, regions: 1, words));
        AssertSame(both, onnx);
        var length = (int)both["tokens"].Shape[1];
        Assert.Equal([2, length, 20], both["tokens"].Shape);
        GoldenAssert.Close(alone["tokens"].Values[..(tokens * 20)], both["tokens"].Values[..(tokens * 20)], 1e-5, "words of the caption");
        GoldenAssert.Close(alone["regions"].Values, both["regions"].Values[..alone["regions"].Values.Length], 1e-5, "regions of the caption");
        GoldenAssert.Close(Text(others), Text(both), 1e-5, "words of the text");

        float[] Text(IReadOnlyDictionary<string, BothEngines.Result> result)
        {
            var values = result["tokens"].Values;
            return values.AsSpan(values.Length / 2, words * 20).ToArray();
        }
    }

    [Fact]
    public void The_whole_image_is_the_first_object()
    {
        var (made, onnx) = BothEngines.Run(new Piece(e => e));
        var (given, _) = BothEngines.Run(new Whole());
        GoldenAssert.Close(given["joint"].Values, made["joint"].Values, 1e-5, "joint");
        AssertSame(made, onnx);
    }

    private static void AssertSame(
        IReadOnlyDictionary<string, BothEngines.Result> torch, IReadOnlyDictionary<string, BothEngines.Result> onnx)
    {
        Assert.Equal(torch.Keys.Order(), onnx.Keys.Order());
        foreach (var (name, result) in torch)
        {
            Assert.Equal(result.Shape, onnx[name].Shape);
            GoldenAssert.Close(result.Values, onnx[name].Values, 1e-5, name);
        }
    }

    private sealed class Piece(Func<Inputs, Inputs> make, bool hasSlot = true) : IPiece
    {
        public IReadOnlyDictionary<string, T> Run<T>(IRegionEngine<T> engine)
            where T : class
        {
            var states = Model.Build(engine, make(new Inputs()).On(engine) with { AnswerSlot = hasSlot });
            var found = new Dictionary<string, T> { ["text"] = states.Text, ["image"] = states.Image };
            if (hasSlot) found["joint"] = states.Joint;
            return found;
        }
    }

    /// <summary>Pre-training's predictions of a caption and, where it has words, of a text without an image.</summary>
    private sealed class Pretrained(int tokens, int regions, int? words) : IPiece
    {
        public IReadOnlyDictionary<string, T> Run<T>(IRegionEngine<T> engine)
            where T : class
        {
            var model = (VlBertConfig)((VlBertConfig)Model.ForPretraining(4)).WithTexts()!;
            var inputs = new Inputs().Saying(tokens).Of(tokens, regions).On(engine) with { AnswerSlot = false };
            var text = words is { } count
                ? new VlBertText<T>(
                    engine.Constant([.. Enumerable.Range(5, count).Select(word => (long)word)], 1, count),
                    engine.Constant(new long[count], 1, count), engine.Constant([.. Enumerable.Repeat(1L, count)], 1, count))
                : null;

            // Named first and always, so that the same weights are drawn with a text and without.
            var blind = engine.Parameter("aux_text_visual_embedding.weight", [1, model.VisualSize], ParameterRole.Table);
            var predictions = model.Pretrain(engine, inputs, engine.Constant(new float[regions], 1, regions), text);
            return new Dictionary<string, T> { ["tokens"] = predictions.Tokens, ["regions"] = predictions.Regions, ["blind"] = blind };
        }
    }

    /// <summary>Text of three tokens without an added slot would have no place to read, so this one brings its own [MASK] [SEP].</summary>
    private sealed class Whole : IPiece
    {
        public IReadOnlyDictionary<string, T> Run<T>(IRegionEngine<T> engine)
            where T : class
        {
            var text = new VlBertText<T>(
                engine.Constant([2L, 9, 3, 4, 3], 1, 5), engine.Constant([0L, 0, 0, 1, 1], 1, 5), engine.Constant([1L, 1, 1, 1, 1], 1, 5));
            var objects = VlBertRegions<T>.Of(
                engine, engine.Constant([3, 3, 3, .. Features], 1, 3, 3), engine.Constant([0, 0, 39, 29, .. Boxes], 1, 3, 4));
            var states = new VlBertTrunk<T>(engine, Model).Run(text, objects, engine.Constant([40f, 30f], 1, 2), hasSlot: true);
            return new Dictionary<string, T> { ["joint"] = states.Joint };
        }
    }

    /// <summary>[CLS] word [SEP] about an image of 40 x 30 with two regions.</summary>
    private sealed class Inputs
    {
        private int _rows = 1;
        private int _tokens = 3;
        private int _regions = 2;
        private bool _crowd;
        private bool _empty;
        private long[] _text = [2, 9, 3];
        private long[]? _tags;

        public Inputs Of(int tokens = 3, int regions = 2, bool crowd = false, bool empty = false)
        {
            (_tokens, _regions, _crowd, _rows, _empty) = (tokens, regions, crowd, crowd ? 2 : 1, empty);
            return this;
        }

        public Inputs Tagged(params long[] tags)
        {
            _tags = tags;
            return this;
        }

        public Inputs Saying(int tokens)
        {
            _text = tokens == 1 ? [2] : [2, .. Enumerable.Repeat(9L, tokens - 2), 3];
            return this;
        }

        public ModelInputs<T> On<T>(IRegionEngine<T> engine)
            where T : class
        {
            long[] ids = [.. Padded(_text, _tokens, 0)], mask = [.. Padded([.. _text.Select(_ => 1L)], _tokens, 0)];
            var count = _empty ? 0 : Math.Min(2, _regions);
            float[] features = [.. Padded(Features[..(count * 3)], _regions * 3, 0)], boxes = [.. Padded(Boxes[..(count * 4)], _regions * 4, -2)];
            if (_crowd)
            {
                (ids, mask) = ([.. ids, .. ids], [.. mask, .. mask]);
                features = [.. features, .. Enumerable.Repeat(1f, _regions * 3)];
                boxes = [.. boxes, .. Enumerable.Range(0, _regions).SelectMany(i => new float[] { i, i, i + 3, i + 3 })];
            }

            return new(
                engine.Constant(ids, _rows, _tokens), engine.Constant(mask, _rows, _tokens),
                engine.Constant(new long[ids.Length], _rows, _tokens),
                engine.Constant(features, _rows, _regions, 3), engine.Constant(boxes, _rows, _regions, 4),
                engine.Constant([.. Enumerable.Repeat(new[] { 40f, 30f }, _rows).SelectMany(size => size)], _rows, 2))
            {
                RegionTags = _tags is null ? null : engine.Constant(_tags, 1, _tags.Length),
            };
        }

        private static IEnumerable<T> Padded<T>(T[] values, int length, T padding) =>
            values.Concat(Enumerable.Repeat(padding, length - values.Length));
    }
}
