using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace EmojiRetrieval;

/// <summary>
/// Narrows to candidates: a linear map of a picture's cells meets a vector of each concept, told apart by contrast with all other concepts and with the
/// other pictures of the batch. A concept's vector is one of its own, which is learned; or, for concepts to come, a linear map of its sentence.
/// </summary>
internal sealed class FirstStage
{
    private const int Width = 1024, Batch = 256, Epochs = 12;
    private const double Dropped = 0.5, Rate = 3e-3, Decay = 0.1, Temperature = 0.1;

    private readonly Tensor _mean, _deviation, _texts, _known;
    private readonly Linear _image, _text;
    private readonly Parameter _own;
    private readonly bool _bySentence;

    /// <param name="pictures">[pictures, values] of <see cref="Flat"/>.</param>
    /// <param name="concepts">Of each picture its concept.</param>
    /// <param name="texts">Of each concept its sentence's vector.</param>
    /// <param name="bySentence">Whether concepts are told by their sentences.</param>
    /// <param name="seed">Of draws.</param>
    public FirstStage(float[][] pictures, int[] concepts, float[][] texts, bool bySentence, int seed)
    {
        _bySentence = bySentence;
        random.manual_seed(seed);
        var x = Table(pictures);
        _mean = x.mean([0], true);
        _deviation = x.std(0, true, true) + 1e-3;
        x = (x - _mean) / _deviation;
        _texts = Table(texts) * Math.Sqrt(Sentences.Width);
        var y = tensor(concepts.Select(concept => (long)concept).ToArray());
        _known = zeros(texts.Length, 1).index_fill_(0, y, 1);
        (_image, _text) = (nn.Linear(x.shape[1], Width, hasBias: false), nn.Linear(Sentences.Width, Width, hasBias: false));
        _own = nn.Parameter(randn(texts.Length, Width) * 0.05);
        Parameter[] told = bySentence ? [.. _text.parameters()] : [_own];
        var optimizer = optim.AdamW([.. _image.parameters(), .. told], Rate, weight_decay: Decay);
        var steps = Epochs * ((pictures.Length + Batch - 1) / Batch);
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = Rate * Math.Min(1, (step + 1) / 20.0) * 0.5 * (1 + Math.Cos(Math.PI * step / steps));
            var rows = randint(pictures.Length, [Batch]);
            var own = y.index_select(0, rows);
            var images = F.normalize(_image.forward(F.dropout(x.index_select(0, rows), Dropped, training: true)), 2, 1);
            var logits = images.matmul(Concepts().t()) / Temperature;

            // Unseen concepts are not there to be told apart.
            logits = logits.masked_fill(_known.t().eq(0), -1e4);
            var loss = F.cross_entropy(logits, own) + F.cross_entropy(logits.index_select(1, own).t(), arange(Batch)) * 0.5;
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
    }

    /// <summary>A picture's values: the early map's cells, and the mean of the late map's; roots, which large values do not outweigh.</summary>
    public static float[] Flat(float[] cells)
    {
        var late = new float[Cells.Late];
        var flat = new List<float>(Cells.Grid * Cells.Grid * Cells.Early + Cells.Late);
        foreach (var cell in cells.Chunk(Cells.Size))
        {
            flat.AddRange(cell[..Cells.Early]);
            for (var i = 0; i < late.Length; i++) late[i] += cell[Cells.Early + i] / (Cells.Grid * Cells.Grid);
        }

        return [.. flat.Concat(late).Select(value => MathF.Sqrt(MathF.Max(value, 0)))];
    }

    /// <summary>[pictures][concepts]: cosine / temperature.</summary>
    public float[][] Score(float[][] pictures)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var images = F.normalize(_image.forward((Table(pictures) - _mean) / _deviation), 2, 1);
        var scores = images.matmul(Concepts().t()) / Temperature;
        return [.. scores.data<float>().ToArray().Chunk((int)scores.shape[1])];
    }

    public static Tensor Table(float[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);

    private Tensor Concepts() => F.normalize(_bySentence ? _text.forward(_texts) : _own, 2, 1);
}
