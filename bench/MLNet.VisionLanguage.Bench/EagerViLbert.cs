using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Bench;

/// <summary>
/// ViLBERT with its VQA classifier as a plain TorchSharp program, without anything of this library: what PyTorch runs eagerly.
/// </summary>
/// <param name="config">Sizes.</param>
/// <param name="weights">The reference's parameters by name.</param>
internal sealed class EagerViLbert(ViLbertConfig config, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>Whether attention is scaled_dot_product_attention, and not written out.</summary>
    public bool IsFused { get; init; }

    /// <summary>Dropout, as in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Logits of a batch.</summary>
    public Tensor Run(EagerBatch batch)
    {
        var places = arange(batch.Ids.shape[1], ScalarType.Int64, batch.Ids.device);
        var text = Drop(Norm(Row("embeddings.word_embeddings", batch.Ids) + Row("embeddings.position_embeddings", places)
            + Row("embeddings.token_type_embeddings", batch.Types), "bert.embeddings.LayerNorm"));
        var image = Drop(Norm(Linear(batch.Features, "bert.v_embeddings.image_embeddings")
            + Linear(batch.Locations, "bert.v_embeddings.image_location_embeddings"), "bert.v_embeddings.LayerNorm"));
        int t = 0, v = 0;
        for (var k = 0; k < config.TextLayersBeforeCoAttention.Count; k++)
        {
            for (; t < config.TextLayersBeforeCoAttention[k]; t++) text = TextLayer(text, batch.TextMask, t);
            for (; v < config.ImageLayersBeforeCoAttention[k]; v++) image = ImageLayer(image, batch.ImageMask, v);
            (text, image) = Connect(text, batch.TextMask, image, batch.ImageMask, k);
        }

        for (; v < config.ImageLayers; v++) image = ImageLayer(image, batch.ImageMask, v);
        for (; t < config.TextLayers; t++) text = TextLayer(text, batch.TextMask, t);
        var joint = Drop(Linear(text.select(1, 0), "bert.t_pooler.dense").relu() * Linear(image.select(1, 0), "bert.v_pooler.dense").relu());
        return Linear(Norm(F.gelu(Linear(joint, "vil_prediction.logit_fc.0")), "vil_prediction.logit_fc.2"), "vil_prediction.logit_fc.3");
    }

    private Tensor Row(string table, Tensor ids) =>
        weights[$"bert.{table}.weight"].index_select(0, ids.reshape(-1)).reshape([.. ids.shape, config.HiddenSize]);

    private Tensor Linear(Tensor x, string name) => F.linear(x, weights[name + ".weight"], weights[name + ".bias"]);

    private Tensor Norm(Tensor x, string name) => F.layer_norm(x, [x.shape[^1]], weights[name + ".weight"], weights[name + ".bias"], 1e-12);

    private Tensor Drop(Tensor x) => Dropout > 0 ? F.dropout(x, Dropout, true) : x;

    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor mask, int heads)
    {
        Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);
        var (q, k, v) = (Split(query), Split(key), Split(value));
        var context = IsFused
            ? F.scaled_dot_product_attention(q, k, v, mask, Dropout)
            : matmul(Drop((matmul(q, k.transpose(2, 3)) / Math.Sqrt(q.shape[3]) + mask).softmax(-1)), v);
        return context.transpose(1, 2).reshape(query.shape);
    }

    private Tensor TextLayer(Tensor x, Tensor mask, int i) => Layer(x, mask, $"bert.encoder.layer.{i}", config.TextHeads);

    private Tensor ImageLayer(Tensor x, Tensor mask, int i) => Layer(x, mask, $"bert.encoder.v_layer.{i}", config.ImageHeads);

    private Tensor Layer(Tensor x, Tensor mask, string name, int heads)
    {
        var own = name + ".attention.self.";
        var context = Attend(Linear(x, own + "query"), Linear(x, own + "key"), Linear(x, own + "value"), mask, heads);
        x = Norm(Drop(Linear(context, name + ".attention.output.dense")) + x, name + ".attention.output.LayerNorm");
        return Forward(x, name + ".intermediate", name + ".output");
    }

    private Tensor Forward(Tensor x, string inner, string outer) =>
        Norm(Drop(Linear(F.gelu(Linear(x, inner + ".dense")), outer + ".dense")) + x, outer + ".LayerNorm");

    private (Tensor Text, Tensor Image) Connect(Tensor text, Tensor textMask, Tensor image, Tensor imageMask, int k)
    {
        var name = $"bert.encoder.c_layer.{k}.";
        Tensor Of(Tensor x, string part) => Linear(x, $"{name}biattention.{part}");
        var toText = Attend(Of(text, "query2"), Of(image, "key1"), Of(image, "value1"), imageMask, config.CoAttentionHeads);
        var toImage = Attend(Of(image, "query1"), Of(text, "key2"), Of(text, "value2"), textMask, config.CoAttentionHeads);
        image = Norm(Drop(Linear(toImage, name + "biOutput.dense1")) + image, name + "biOutput.LayerNorm1");
        text = Norm(Drop(Linear(toText, name + "biOutput.dense2")) + text, name + "biOutput.LayerNorm2");
        return (Forward(text, name + "t_intermediate", name + "t_output"), Forward(image, name + "v_intermediate", name + "v_output"));
    }
}

/// <summary>A batch as the reference's program gets it from its data loader: padded, the whole image as region 0, masks additive.</summary>
internal sealed record EagerBatch(Tensor Ids, Tensor Types, Tensor TextMask, Tensor Features, Tensor Locations, Tensor ImageMask, Tensor Targets)
{
    private const float Hidden = -10000;

    public static EagerBatch Of(IReadOnlyList<BenchRow> rows, int width, IReadOnlyList<string> answers, ScalarType type, Device? device = null)
    {
        int length = rows.Max(row => row.InputIds.Length), regions = rows.Max(row => row.RegionBoxes.Length / 4) + 1;
        var (ids, textMask) = (new long[rows.Count * length], new float[rows.Count * length]);
        float[] features = new float[rows.Count * regions * width], boxes = new float[rows.Count * regions * 5];
        var (imageMask, targets) = (new float[rows.Count * regions], new float[rows.Count * answers.Count]);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            row.InputIds.CopyTo(ids, i * length);
            for (var j = row.InputIds.Length; j < length; j++) textMask[(i * length) + j] = Hidden;
            var count = row.RegionBoxes.Length / 4;
            for (var j = 1 + count; j < regions; j++) imageMask[(i * regions) + j] = Hidden;
            var mine = features.AsSpan(i * regions * width, regions * width);
            row.RegionFeatures.CopyTo(mine[width..]);
            for (var k = 0; k < row.RegionFeatures.Length; k++) mine[k % width] += row.RegionFeatures[k] / count;
            float w = row.ImageSize[0], h = row.ImageSize[1];
            new float[] { 0, 0, 1, 1, 1 }.CopyTo(boxes, i * regions * 5);
            for (var j = 0; j < count; j++)
            {
                var box = row.RegionBoxes.AsSpan(j * 4, 4);
                float area = (box[3] - box[1]) * (box[2] - box[0]) / (w * h);
                new float[] { box[0] / w, box[1] / h, box[2] / w, box[3] / h, area }.CopyTo(boxes, ((i * regions) + 1 + j) * 5);
            }

            for (var a = 0; a < answers.Count; a++) if (row.Answers.Contains(answers[a])) targets[(i * answers.Count) + a] = 1;
        }

        device ??= CPU;
        Tensor Make(float[] values, params long[] shape) => tensor(values, shape).to(type).to(device);
        long n = rows.Count;
        return new(
            tensor(ids, [n, length]).to(device), zeros([n, length], ScalarType.Int64, device), Make(textMask, n, 1, 1, length),
            Make(features, n, regions, width), Make(boxes, n, regions, 5), Make(imageMask, n, 1, 1, regions),
            tensor(targets, [n, answers.Count]).to(device));
    }
}

/// <summary>Weights for <see cref="EagerViLbert"/>.</summary>
internal static class EagerWeights
{
    public static Dictionary<string, Tensor> Read(string path, ScalarType type, bool trainable = false, Device? device = null)
    {
        using var checkpoint = Checkpoint.Open(path);
        return checkpoint.Names.ToDictionary(name => name, name =>
        {
            var found = tensor(checkpoint[name].ToSingles(), [.. checkpoint[name].Shape]).to(type).to(device ?? CPU);
            return trainable ? nn.Parameter(found) : found;
        });
    }
}
