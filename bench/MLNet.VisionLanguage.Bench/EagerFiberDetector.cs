using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Bench;

/// <summary>
/// FIBER's detector, up to what it says of every place, as a plain TorchSharp program, without anything of this library: what PyTorch runs
/// eagerly. Deformable convolutions, which TorchSharp lacks, sample the pixels of all windows and multiply matrices.
/// </summary>
/// <param name="config">Sizes.</param>
/// <param name="weights">The checkpoint's parameters by name.</param>
internal sealed class EagerFiberDetector(FiberDetectorConfig config, IReadOnlyDictionary<string, Tensor> weights)
{
    private const string Image = "fusion_backbone.backbone.body.";
    private const string Pyramid = "fusion_backbone.backbone.fpn.";
    private const string Text = "fusion_backbone.language_backbone.body.model.";
    private const string Head = "rpn.head.";
    private const int Taps = 9;
    private readonly Dictionary<(long, long), Tensor> _masks = [];
    private Tensor? _places;

    /// <summary>Logits of tokens, deltas of boxes and centerness of each level.</summary>
    /// <param name="pixels">[B, 3, height, width], sides multiples of 32.</param>
    /// <param name="ids">Int64 [B, L], no padding.</param>
    public IReadOnlyList<(Tensor Words, Tensor Deltas, Tensor Centerness)> Run(Tensor pixels, Tensor ids)
    {
        var (maps, text) = Towers(pixels, ids);
        var levels = Levels(maps);
        for (var block = 0; block < config.HeadBlocks; block++) levels = Dynamic(levels, $"{Head}dyhead_tower.{block}.");
        var unit = F.normalize(text, 2, -1);
        var words = Linear(unit / 2, Head + "dot_product_projection_text").transpose(1, 2) / weights[Head + "log_scale"].exp();
        var bias = unit.matmul(weights[Head + "bias_lang"]).add(weights[Head + "bias0"]).unsqueeze(1);
        return [.. levels.Select((x, level) => (
            x.flatten(2).transpose(1, 2).matmul(words).add(bias).clamp(-50000, 50000),
            Convolve(x, Head + "bbox_pred").mul(weights[$"{Head}scales.{level}.scale"]),
            Convolve(x, Head + "centerness")))];
    }

    private (List<Tensor> Maps, Tensor Text) Towers(Tensor pixels, Tensor ids)
    {
        var image = Norm(Convolve(pixels, Image + "patch_embed.proj", 4).permute(0, 2, 3, 1), Image + "patch_embed.norm");
        var words = ids.ne(1).to_type(ScalarType.Int64);
        var places = words.cumsum(1).mul(words).add(1);
        Tensor Rows(string table, Tensor numbers) =>
            weights[$"{Text}embeddings.{table}.weight"].index_select(0, numbers.reshape(-1)).view(numbers.shape[0], numbers.shape[1], -1);
        var text = Norm(
            Rows("word_embeddings", ids) + Rows("position_embeddings", places) + weights[Text + "embeddings.token_type_embeddings.weight"],
            Text + "embeddings.LayerNorm");
        var layer = 0;
        while (layer < config.TextLayersAlone) text = Layer(text, null, layer++);
        var maps = new List<Tensor>();
        for (var stage = 0; stage < 4; stage++)
        {
            for (var block = 0; block < config.Depths[stage]; block++)
            {
                var isFused = stage == 3 || (stage == 2 && block >= config.BlocksAlone);
                var before = image;
                image = Block(image, isFused ? text : null, stage, block);
                if (isFused) text = Layer(text, before.flatten(1, 2), layer++);
            }

            if (stage > 0) maps.Add(Norm(image, $"{Image}norm{stage}").permute(0, 3, 1, 2));
            if (stage < 3) image = Merge(image, $"{Image}layers.{stage}.downsample.");
        }

        return (maps, text);
    }

    private Tensor Layer(Tensor text, Tensor? image, int number)
    {
        var name = $"{Text}encoder.layer.{number}.";
        var state = Linear(Attend(text, text, name + "attention.self."), name + "attention.output.dense");
        if (image is not null)
        {
            var seen = Linear(Attend(state, image, name + "crossattention_t2i.self."), name + "crossattention_t2i.output.dense");
            state = seen.mul(weights[name + "alpha_t2i"]).add(state);
        }

        state = Norm(state.add(text), name + "attention.output.LayerNorm");
        return Norm(Linear(F.gelu(Linear(state, name + "intermediate.dense")), name + "output.dense").add(state), name + "output.LayerNorm");
    }

    private Tensor Attend(Tensor asking, Tensor read, string name) => Joined(F.scaled_dot_product_attention(
        Heads(Linear(asking, name + "query"), config.TextHeads), Heads(Linear(read, name + "key"), config.TextHeads),
        Heads(Linear(read, name + "value"), config.TextHeads)));

    private Tensor Block(Tensor x, Tensor? text, int stage, int block)
    {
        var name = $"{Image}layers.{stage}.blocks.{block}.";
        var (side, heads) = (config.WindowSize, config.ImageHeads[stage]);
        var shift = block % 2 == 1 ? side / 2 : 0;
        long height = x.shape[1], width = x.shape[2];
        long down = (height + side - 1) / side * side, across = (width + side - 1) / side * side;
        var grid = F.pad(Norm(x, name + "norm1"), [0, 0, 0, across - width, 0, down - height]);
        if (shift > 0) grid = grid.roll([-shift, -shift], [1, 2]);
        var windows = Cut(grid);
        var parts = Linear(windows, name + "attn.qkv").reshape(windows.shape[0], windows.shape[1], 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0);
        var scores = parts[0].mul(1 / Math.Sqrt(parts[0].shape[3])).matmul(parts[1].transpose(2, 3));
        scores = scores.add(Bias(weights[name + "attn.relative_position_bias_table"], heads));
        if (shift > 0)
        {
            var mask = Mask(down, across, shift);
            scores = scores.view(-1, mask.shape[0], heads, scores.shape[2], scores.shape[3]).add(mask.unsqueeze(1)).view(scores.shape);
        }

        var attended = Linear(Joined(scores.softmax(-1).matmul(parts[2])), name + "attn.proj");
        if (text is not null) attended = attended.add(Read(attended, text, name + "attn.", heads).mul(weights[name + "attn.alpha_i2t"]));
        grid = Join(attended, down, across);
        if (shift > 0) grid = grid.roll([shift, shift], [1, 2]);
        x = x.add(grid.slice(1, 0, height, 1).slice(2, 0, width, 1));
        return x.add(Linear(F.gelu(Linear(Norm(x, name + "norm2"), name + "mlp.fc1")), name + "mlp.fc2"));
    }

    /// <summary>As the reference does: each window reads the text, which is repeated for it.</summary>
    private Tensor Read(Tensor windows, Tensor text, string name, int heads)
    {
        var both = Linear(text, name + "qkv_text_i2t").repeat_interleave(windows.shape[0] / text.shape[0], 0).chunk(2, -1);
        var query = config.FusionVersion == "v3" ? Norm(windows, name + "norm_i2t_i") : windows;
        var context = F.scaled_dot_product_attention(Heads(Linear(query, name + "qkv_i2t"), heads), Heads(both[0], heads), Heads(both[1], heads));
        return Linear(Joined(context), name + "proj_i2t");
    }

    private Tensor Merge(Tensor x, string name)
    {
        Tensor Part(int row, int column) => x.slice(1, row, x.shape[1], 2).slice(2, column, x.shape[2], 2);
        var four = Norm(cat([Part(0, 0), Part(1, 0), Part(0, 1), Part(1, 1)], -1), name + "norm");
        return F.linear(four, weights[name + "reduction.weight"]);
    }

    private List<Tensor> Levels(List<Tensor> maps)
    {
        var levels = new List<Tensor>();
        Tensor? above = null;
        for (var i = maps.Count - 1; i >= 0; i--)
        {
            var inner = Convolve(maps[i], $"{Pyramid}fpn_inner{i + 2}");
            above = above is null ? inner : inner + F.interpolate(above, inner.shape[2..], mode: InterpolationMode.Nearest);
            levels.Insert(0, Convolve(above, $"{Pyramid}fpn_layer{i + 2}"));
        }

        levels.Add(Convolve(levels[^1], Pyramid + "top_blocks.p6", 2));
        levels.Add(Convolve(F.relu(levels[^1]), Pyramid + "top_blocks.p7", 2));
        return levels;
    }

    private List<Tensor> Dynamic(List<Tensor> levels, string name) => [.. levels.Select((own, place) =>
    {
        var told = Convolve(own, name + "offset");
        Tensor offsets = told.slice(1, 0, 2 * Taps, 1), masks = told.slice(1, 2 * Taps, 3 * Taps, 1).sigmoid();
        List<Tensor> found = [Weighed(Deform(own, offsets, masks, name + "DyConv.1", 1))];
        if (place > 0) found.Add(Weighed(Deform(levels[place - 1], offsets, masks, name + "DyConv.2", 2)));
        if (place < levels.Count - 1)
        {
            // The published kernel reads offsets at the places in memory of the smaller map.
            var coarser = levels[place + 1];
            var smaller = Deform(coarser, First(offsets, 2 * Taps), First(masks, Taps), name + "DyConv.0", 1);
            found.Add(Weighed(F.interpolate(smaller, own.shape[2..], mode: InterpolationMode.Bilinear, align_corners: true)));

            Tensor First(Tensor x, int channels) => x.flatten(1).slice(1, 0, channels * coarser.shape[2] * coarser.shape[3], 1)
                .reshape(x.shape[0], channels, coarser.shape[2], coarser.shape[3]);
        }

        var mean = stack([.. found]).mean([0]);
        var hidden = F.relu(Linear(mean.mean([2, 3]), name + "relu.fc.0"));
        var lines = (HardSigmoid(Linear(hidden, name + "relu.fc.2")) - 0.5).unsqueeze(-1).unsqueeze(-1).chunk(4, 1);
        return maximum((mean * ((lines[0] * 2) + 1)) + lines[1], (mean * (lines[2] * 2)) + lines[3]);

        Tensor Weighed(Tensor x) => x * HardSigmoid(F.relu(Convolve(x.mean([2, 3], keepdim: true), name + "AttnConv.1")));
    })];

    private Tensor Deform(Tensor x, Tensor offsets, Tensor masks, string name, int stride)
    {
        long height = offsets.shape[2], width = offsets.shape[3], rows = x.shape[0];
        var moved = offsets.view(rows, Taps, 2, height, width);
        var y = moved.select(2, 0) + (arange(height) * stride - 1).view(1, 1, -1, 1) + arange(Taps).div(3, RoundingMode.floor).view(1, -1, 1, 1);
        var across = moved.select(2, 1) + (arange(width) * stride - 1).view(1, 1, 1, -1) + arange(Taps).remainder(3).view(1, -1, 1, 1);
        var grid = stack([((across * 2) + 1) / x.shape[3] - 1, ((y * 2) + 1) / x.shape[2] - 1], -1).view(rows, Taps * height, width, 2);
        var pixels = F.grid_sample(x, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false);
        pixels = pixels * masks.reshape(rows, 1, Taps * height, width);
        var weight = weights[name + ".conv.weight"];
        var result = weight.view(weight.shape[0], -1).matmul(pixels.view(rows, -1, height * width)) + weights[name + ".conv.bias"].unsqueeze(-1);
        return F.group_norm(result.view(rows, -1, height, width), config.Groups, weights[name + ".bn.weight"], weights[name + ".bn.bias"], 1e-5);
    }

    private Tensor Bias(Tensor table, int heads)
    {
        var (side, tokens) = (config.WindowSize, config.WindowSize * config.WindowSize);
        _places ??= tensor([.. Enumerable.Range(0, tokens * tokens).Select(i => (q: i / tokens, k: i % tokens)).Select(pair => (long)(
            (((pair.q / side) - (pair.k / side) + side - 1) * ((2 * side) - 1)) + (pair.q % side) - (pair.k % side) + side - 1))]).DetachFromDisposeScope();
        return table.index_select(0, _places).view(tokens, tokens, heads).permute(2, 0, 1).unsqueeze(0);
    }

    private Tensor Mask(long height, long width, int shift)
    {
        if (_masks.TryGetValue((height, width), out var known)) return known;
        float Region(long place, long length) => place < length - config.WindowSize ? 0 : place < length - shift ? 1 : 2;
        float[] regions = [.. Enumerable.Range(0, (int)(height * width)).Select(i => (3 * Region(i / width, height)) + Region(i % width, width))];
        var cut = Cut(tensor(regions, [1, height, width, 1])).squeeze(2);
        return _masks[(height, width)] = cut.unsqueeze(1).ne(cut.unsqueeze(2)).to_type(ScalarType.Float32).mul(-100).DetachFromDisposeScope();
    }

    private Tensor Cut(Tensor x)
    {
        var side = config.WindowSize;
        return x.view(x.shape[0], x.shape[1] / side, side, x.shape[2] / side, side, x.shape[3]).permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, x.shape[3]);
    }

    private Tensor Join(Tensor windows, long height, long width)
    {
        var side = config.WindowSize;
        return windows.view(-1, height / side, width / side, side, side, windows.shape[2]).permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, windows.shape[2]);
    }

    private static Tensor HardSigmoid(Tensor x) => F.relu6(x + 3) / 6;

    private static Tensor Heads(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

    private static Tensor Joined(Tensor x) => x.transpose(1, 2).flatten(2);

    private Tensor Convolve(Tensor x, string name, long stride = 1)
    {
        var weight = weights[name + ".weight"];
        var padding = weight.shape[2] == 3 ? 1 : 0;
        return F.conv2d(x, weight, weights[name + ".bias"], strides: [stride, stride], padding: [padding, padding]);
    }

    private Tensor Linear(Tensor x, string name) => F.linear(x, weights[name + ".weight"], weights[name + ".bias"]);

    private Tensor Norm(Tensor x, string name) => F.layer_norm(x, [x.shape[^1]], weights[name + ".weight"], weights[name + ".bias"], 1e-5);
}
