using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Bench;

/// <summary>
/// FIBER's question answering as a plain TorchSharp program, without anything of this library: what PyTorch runs eagerly. What the reference
/// keeps in buffers (places of relative positions, masks of shifted windows) is made once.
/// </summary>
/// <param name="config">Sizes.</param>
/// <param name="weights">The checkpoint's parameters by name.</param>
internal sealed class EagerFiber(FiberConfig config, IReadOnlyDictionary<string, Tensor> weights)
{
    private readonly Dictionary<(int, int), Tensor> _masks = [];
    private readonly int _window = config.ImageSize / 32;
    private Tensor? _places;

    /// <summary>Logits of the answers.</summary>
    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="mask">1 for a token, [B, L].</param>
    /// <param name="pixels">[B, 3, side, side].</param>
    public Tensor Run(Tensor ids, Tensor mask, Tensor pixels)
    {
        var textMask = (1 - mask.to_type(ScalarType.Float32)).mul(-10000).unsqueeze(1).unsqueeze(1);
        var image = F.conv2d(pixels, weights["vit_model.patch_embed.proj.weight"], weights["vit_model.patch_embed.proj.bias"], strides: [4, 4]);
        image = Norm(image.permute(0, 2, 3, 1), "vit_model.patch_embed.norm");
        var text = Embed(ids);
        var alone = config.TextLayers - config.FusedBlocks;
        for (var layer = 0; layer < alone; layer++) text = Layer(text, textMask, null, layer, true);
        var next = alone;
        for (var stage = 0; stage < 4; stage++)
        {
            for (var block = 0; block < config.Depths[stage]; block++)
            {
                var isFused = stage == 3 || (stage == 2 && block >= config.Depths[2] + config.Depths[3] - config.FusedBlocks);
                var before = image;
                image = Block(image, isFused ? text : null, textMask, stage, block);
                if (isFused) text = Layer(text, textMask, before.flatten(1, 2), next++, stage < 3 || block == 0);
            }

            if (stage < 3) image = Merge(image, stage);
        }

        var ofText = Linear(Linear(text, "cross_modal_text_transform").select(1, 0), "cross_modal_text_pooler.dense").tanh();
        var ofImage = Linear(Linear(image.flatten(1, 2), "cross_modal_image_transform").mean([1]), "cross_modal_image_pooler.dense").tanh();
        var hidden = F.gelu(Norm(Linear(cat([ofText, ofImage], 1), "vqa_classifier.0"), "vqa_classifier.1"));
        return Linear(hidden, "vqa_classifier.3");
    }

    private Tensor Embed(Tensor ids)
    {
        const string Name = "text_transformer.embeddings.";
        var words = ids.ne(1).to_type(ScalarType.Int64);
        var places = words.cumsum(1).mul(words).add(1);
        var sum = Rows("word_embeddings", ids) + Rows("position_embeddings", places) + weights[Name + "token_type_embeddings.weight"];
        return Norm(sum, Name + "LayerNorm");

        Tensor Rows(string table, Tensor numbers) =>
            weights[$"{Name}{table}.weight"].index_select(0, numbers.reshape(-1)).view(numbers.shape[0], numbers.shape[1], -1);
    }

    private Tensor Layer(Tensor text, Tensor mask, Tensor? image, int number, bool isNormalized)
    {
        var name = $"text_transformer.encoder.layer.{number}.";
        var state = Linear(Attend(text, text, name + "attention.self.", mask), name + "attention.output.dense");
        if (image is not null)
        {
            var seen = Linear(Attend(state, image, name + "crossattention_t2i.self.", null), name + "crossattention_t2i.output.dense");
            state = seen.mul(weights[name + "alpha_t2i"]).add(state);
        }

        state = Norm(state.add(text), name + "attention.output.LayerNorm");
        var sum = Linear(F.gelu(Linear(state, name + "intermediate.dense")), name + "output.dense").add(state);
        return isNormalized ? Norm(sum, name + "output.LayerNorm") : sum;
    }

    private Tensor Attend(Tensor asking, Tensor read, string name, Tensor? mask) => Joined(F.scaled_dot_product_attention(
        Heads(Linear(asking, name + "query"), config.TextHeads), Heads(Linear(read, name + "key"), config.TextHeads),
        Heads(Linear(read, name + "value"), config.TextHeads), mask));

    private Tensor Block(Tensor x, Tensor? text, Tensor textMask, int stage, int block)
    {
        var name = $"vit_model.layers.{stage}.blocks.{block}.";
        var (grid, heads) = ((int)x.shape[1], config.ImageHeads[stage]);
        var side = Math.Min(grid, _window);
        var shift = grid > _window && block % 2 == 1 ? _window / 2 : 0;
        var windows = Norm(x, name + "norm1");
        if (shift > 0) windows = windows.roll([-shift, -shift], [1, 2]);
        windows = Cut(windows, side);
        var parts = Linear(windows, name + "attn.qkv").reshape(windows.shape[0], windows.shape[1], 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0);
        var scores = parts[0].mul(1 / Math.Sqrt(parts[0].shape[3])).matmul(parts[1].transpose(2, 3));
        scores = scores.add(Bias(weights[name + "attn.relative_position_bias_table"], side, heads));
        if (shift > 0)
        {
            var mask = Mask(grid, shift);
            scores = scores.view(-1, mask.shape[0], heads, scores.shape[2], scores.shape[3]).add(mask.unsqueeze(1)).view(scores.shape);
        }

        var attended = Linear(Joined(scores.softmax(-1).matmul(parts[2])), name + "attn.proj");
        if (text is not null) attended = attended.add(Read(attended, text, textMask, name + "attn.", heads).mul(weights[name + "attn.alpha_i2t"]));
        attended = Join(attended, side, grid);
        if (shift > 0) attended = attended.roll([shift, shift], [1, 2]);
        x = x.add(attended);
        return x.add(Linear(F.gelu(Linear(Norm(x, name + "norm2"), name + "mlp.fc1")), name + "mlp.fc2"));
    }

    private Tensor Read(Tensor windows, Tensor text, Tensor textMask, string name, int heads)
    {
        // As the reference does: each window reads the text, which is repeated for it.
        var count = windows.shape[0] / text.shape[0];
        var both = Linear(text, name + "qkv_text_i2t").repeat_interleave(count, 0).chunk(2, -1);
        var query = Heads(Linear(Norm(windows, name + "norm_i2t_i"), name + "qkv_i2t"), heads);
        var context = F.scaled_dot_product_attention(query, Heads(both[0], heads), Heads(both[1], heads), textMask.repeat_interleave(count, 0));
        return Linear(Joined(context), name + "proj_i2t");
    }

    private Tensor Merge(Tensor x, int stage)
    {
        var name = $"vit_model.layers.{stage}.downsample.";
        Tensor Part(int row, int column) => x.slice(1, row, x.shape[1], 2).slice(2, column, x.shape[2], 2);
        var four = Norm(cat([Part(0, 0), Part(1, 0), Part(0, 1), Part(1, 1)], -1), name + "norm");
        return F.linear(four, weights[name + "reduction.weight"]);
    }

    private Tensor Bias(Tensor table, int side, int heads)
    {
        _places ??= Places(side);
        return table.index_select(0, _places).view(side * side, side * side, heads).permute(2, 0, 1).unsqueeze(0);
    }

    private static Tensor Places(int side)
    {
        var tokens = side * side;
        var places = new long[tokens * tokens];
        for (var q = 0; q < tokens; q++)
            for (var k = 0; k < tokens; k++)
                places[(q * tokens) + k] = (((q / side) - (k / side) + side - 1) * ((2 * side) - 1)) + (q % side) - (k % side) + side - 1;
        return tensor(places).DetachFromDisposeScope();
    }

    private Tensor Mask(int grid, int shift)
    {
        if (_masks.TryGetValue((grid, shift), out var known)) return known;
        float Region(int place) => place < grid - _window ? 0 : place < grid - shift ? 1 : 2;
        float[] regions = [.. Enumerable.Range(0, grid * grid).Select(i => (3 * Region(i / grid)) + Region(i % grid))];
        var cut = Cut(tensor(regions, [1, grid, grid, 1]), _window).squeeze(2);
        return _masks[(grid, shift)] = cut.unsqueeze(1).ne(cut.unsqueeze(2)).to_type(ScalarType.Float32).mul(-100).DetachFromDisposeScope();
    }

    private static Tensor Cut(Tensor x, int side)
    {
        var across = x.shape[1] / side;
        return x.view(x.shape[0], across, side, across, side, x.shape[3]).permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, x.shape[3]);
    }

    private static Tensor Join(Tensor windows, int side, int grid)
    {
        var across = grid / side;
        return windows.view(-1, across, across, side, side, windows.shape[2]).permute(0, 1, 3, 2, 4, 5).reshape(-1, grid, grid, windows.shape[2]);
    }

    private static Tensor Heads(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

    private static Tensor Joined(Tensor x) => x.transpose(1, 2).flatten(2);

    private Tensor Linear(Tensor x, string name) => F.linear(x, weights[name + ".weight"], weights[name + ".bias"]);

    private Tensor Norm(Tensor x, string name) => F.layer_norm(x, [x.shape[^1]], weights[name + ".weight"], weights[name + ".bias"], 1e-5);
}
