using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Captioning;

/// <summary>Writes captions on libtorch with gradients, by chance or of the likeliest words.</summary>
/// <param name="model">The model.</param>
/// <param name="search">Which tokens begin, end and fill captions up, and how long these are.</param>
/// <param name="words">How many tokens there are.</param>
internal sealed class CaptionSampler(VisionLanguageModel model, CaptionSearch search, int words)
{
    private const double Never = -10000;

    /// <summary>Captions of images.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="pixels">[B, 3 · side · side].</param>
    /// <param name="samples">Captions of each image; they follow one another.</param>
    /// <param name="isGreedy">Whether the likeliest word is taken each time.</param>
    /// <returns>The captions' mean log-probability of a token, their end included, [B · samples], and their tokens.</returns>
    public (Tensor Means, long[][] Tokens) Write(TorchEngine engine, Tensor pixels, int samples, bool isGreedy)
    {
        var steps = model.Write(engine, pixels);
        Tensor[] image = [.. steps.Image.Select(value => samples == 1 ? value : value.repeat_interleave(samples, 0))];
        var rows = pixels.shape[0] * samples;
        var word = Filled(search.Begin);
        Tensor goesOn = ones(rows, 1, device: pixels.device), sum = zeros(rows, 1, device: pixels.device), length = zeros(rows, 1, device: pixels.device);
        IReadOnlyList<Tensor> memory = [];
        var written = new List<Tensor>();
        for (var place = 0; place < search.Steps; place++)
        {
            (var logits, memory) = steps.Next(word, place, memory, image);
            var chances = Allowed(logits).log_softmax(-1);
            word = (isGreedy ? chances.argmax(1, keepdim: true) : multinomial(chances.detach().exp(), 1)).detach();
            sum = Scalars.Add(sum, chances.gather(1, word).mul(goesOn));
            length = Scalars.Add(length, goesOn);
            var isWord = Scalars.With(0.5, goesOn.gt);
            word = where(isWord, word, Filled(search.Padding));
            written.Add(word);
            var ends = Scalars.With((long)search.End, word.eq).logical_or(Scalars.With((long)search.Padding, word.eq));
            goesOn = goesOn.mul(ends.logical_not().to_type(ScalarType.Float32));
            if (goesOn.sum().ToDouble() == 0) break;
        }

        return (sum.div(length).squeeze(1), [.. TokensOf(cat([.. written], 1), rows)]);

        Tensor Filled(long token) => Scalars.With(token, value => full(rows, 1, value, dtype: ScalarType.Int64, device: pixels.device));
    }

    /// <summary>The logits of the vocabulary's tokens, without the one that is never written.</summary>
    private Tensor Allowed(Tensor logits)
    {
        logits = logits.slice(1, 0, words, 1);
        if (search.Mask is not { } mask) return logits;
        using var place = torch.tensor(new[] { (long)mask }, device: logits.device);
        return Scalars.With(Never, never => logits.index_fill(1, place, never));
    }

    private IEnumerable<long[]> TokensOf(Tensor written, long rows)
    {
        var all = written.cpu().data<long>().ToArray();
        return all.Chunk(all.Length / (int)rows)
            .Select(row => row.Where(token => token != search.Padding && token != search.Begin && token != search.End).ToArray());
    }
}
