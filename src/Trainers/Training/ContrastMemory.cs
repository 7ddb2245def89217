using MLNet.VisionLanguage.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>A batch's rows as they are compared: which images and texts they have, and where these lie, Int64 [B, 1] each.</summary>
internal sealed record ComparedRows(Tensor Images, Tensor Texts, Tensor ImagePlaces, Tensor TextPlaces)
{
    /// <summary>All four.</summary>
    public IReadOnlyList<Tensor> All => [Images, Texts, ImagePlaces, TextPlaces];
}

/// <summary>Contrastive learning from batch to batch: what a batch is compared with, and the queue of what was before.</summary>
/// <param name="width">Numbers of a vector.</param>
/// <param name="size">Entries of the queue; 0 for none.</param>
/// <param name="startsFull">Whether it begins full of random vectors, as the reference's.</param>
internal sealed class ContrastMemory(int width, int size, bool startsFull)
{
    private ContrastQueue? _queue;

    /// <summary>Makes the queue anew; its tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Begin(Device device, int seed)
    {
        if (size == 0) return new Dictionary<string, Tensor>();
        using var random = new Generator((ulong)seed);
        Tensor Vectors() => startsFull
            ? torch.randn([width, size], dtype: ScalarType.Float32, generator: random).to(device)
            : torch.zeros([width, size], dtype: ScalarType.Float32, device: device);
        Tensor Numbers() => torch.full([size, 1], -1L, dtype: ScalarType.Int64, device: device);
        _queue = new(Vectors(), Vectors(), Numbers(), Numbers(), Numbers(), Numbers());
        return new Dictionary<string, Tensor>
        {
            ["queue.images"] = _queue.Images,
            ["queue.texts"] = _queue.Texts,
            ["queue.image"] = _queue.Kept[0],
            ["queue.text"] = _queue.Kept[1],
            ["queue.imagePlace"] = _queue.Kept[2],
            ["queue.textPlace"] = _queue.Kept[3],
            ["queue.counts"] = _queue.Counts,
        };
    }

    /// <summary>Compares a batch with itself and, while training, with the queue; rows of one image or of one text are not told from each other.</summary>
    /// <param name="images">Vectors of length 1, [B, h].</param>
    /// <param name="texts">Vectors of length 1, [B, h].</param>
    /// <param name="rows">The rows.</param>
    /// <param name="temperature">Divides similarities; brought into its range first.</param>
    /// <param name="isTraining">Whether the queue is used.</param>
    public Similarities Compare(Tensor images, Tensor texts, ComparedRows rows, Tensor temperature, bool isTraining)
    {
        ContrastObjective.Clamp(temperature);
        var queue = isTraining ? _queue : null;
        var all = ContrastObjective.Compare(images, texts, queue, temperature, filledOnly: !startsFull);
        var earlier = queue is null ? 0 : all.OfImages.shape[1] - images.shape[0];
        return all.WithoutTwins(Numbers(rows.Images, 0), Numbers(rows.Texts, 1));

        Tensor Numbers(Tensor own, int kept) => WithQueue(own, kept, earlier).squeeze(1);
    }

    /// <summary>
    /// Draws an image for each text, then a text for each image, that are not its own but like it: where these lie, Int64 [B] on the CPU.
    /// </summary>
    /// <param name="similarities">What <see cref="Compare"/> gave.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="random">The draws.</param>
    /// <param name="isTraining">Whether the queue is used.</param>
    public (long[] Images, long[] Texts) DrawNegatives(Similarities similarities, ComparedRows rows, Generator random, bool isTraining)
    {
        using var untracked = no_grad();
        var filled = isTraining ? _queue?.Filled ?? 0 : 0;
        return (Draw(similarities.OfTexts, rows.ImagePlaces, 2), Draw(similarities.OfImages, rows.TextPlaces, 3));

        long[] Draw(Tensor own, Tensor places, int kept)
        {
            var drawn = ContrastObjective.DrawNegatives(ContrastObjective.NegativeWeights(own, filled).cpu(), random);
            return WithQueue(places, kept, filled).squeeze(1).cpu().index_select(0, drawn).data<long>().ToArray();
        }
    }

    /// <summary>Puts a batch into the queue.</summary>
    public void Add(Tensor images, Tensor texts, ComparedRows rows) => _queue?.Add(images, texts, rows.All);

    private Tensor WithQueue(Tensor own, int kept, long count) =>
        count == 0 ? own : torch.cat([own, _queue!.Kept[kept].slice(0, 0, count, 1)], 0);
}
