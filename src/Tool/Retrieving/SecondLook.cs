using System.CommandLine;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Retrieving;

/// <summary>The options of a second model, which reads text and image together and orders what the first found.</summary>
internal sealed class SecondLook
{
    private readonly Option<string?> _model = Options.Optional<string?>(
        "--rerank",
        "A second model of retrieval, which orders the best of the first anew: one that reads text and image together after a dual encoder.",
        "ZIP");

    private readonly Option<int> _candidates = Options.Default("--candidates", "With --rerank: how many of the first model's best it looks at.", 100, "N");

    private readonly Option<double> _weight = Options.Default(
        "--first-weight",
        "With --rerank: how much of the first model's score is added to the second's. 0 orders by the second alone; FIBER's best retrieval adds both.",
        0.0,
        "FACTOR");

    public IEnumerable<Option> All => [_model, _candidates, _weight];

    /// <summary>Looks at the options before anything is read.</summary>
    /// <exception cref="UsageException">They have impossible values, or need each other.</exception>
    public void Check(ParseResult parsed)
    {
        if (parsed.GetValue(_candidates) < 1) throw new UsageException($"{_candidates.Name} {parsed.GetValue(_candidates)}: at least 1 is needed.");
        if (parsed.GetValue(_weight) is var weight && !(weight >= 0 && double.IsFinite(weight)))
            throw new UsageException($"{_weight.Name} {weight}: at least 0 is needed.");
        if (parsed.GetValue(_model) is not null) return;
        foreach (Option option in (Option[])[_candidates, _weight])
            if (parsed.GetResult(option) is { Implicit: false }) throw new UsageException($"{option.Name} needs {_model.Name}.");
    }

    /// <summary>For each text the images in their order, with their scores; those of the first model where no second is named.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="task">What both models do.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="images">The images.</param>
    /// <param name="scores">The first model's scores of every image, for each text.</param>
    /// <param name="features">Where a model that is given regions finds them.</param>
    /// <param name="facts">What is known of a row.</param>
    /// <param name="terminal">Shows how far it is.</param>
    public IReadOnlyList<IReadOnlyList<(int Image, float Score)>> Order(
        ParseResult parsed, Retrieval task, IReadOnlyList<CaptionExample> texts, IReadOnlyList<CaptionExample> images, IReadOnlyList<float[]> scores,
        IReadOnlyList<string> features, Func<CaptionExample, RowFacts> facts, Terminal terminal)
    {
        if (!IsAsked(parsed)) return [.. scores.Select(own => RetrievalRanks.Order(own).Select(image => (image, own[image])).ToArray())];
        var again = Scores(parsed, task, texts, images, scores, features, facts, terminal);
        return
        [
            .. again.Select(own => RetrievalRanks.Order(own)
                .TakeWhile(image => !float.IsNegativeInfinity(own[image])).Select(image => (image, own[image])).ToArray()),
        ];
    }

    /// <summary>Whether a second model is named.</summary>
    public bool IsAsked(ParseResult parsed) => parsed.GetValue(_model) is not null;

    /// <summary>
    /// For each text the scores of all images: of those looked at again both models', of the others negative infinity. Where images look for texts
    /// (<c>ofImages</c>) it is each image's best texts that are looked at again.
    /// </summary>
    public IReadOnlyList<float[]> Scores(
        ParseResult parsed, Retrieval task, IReadOnlyList<CaptionExample> texts, IReadOnlyList<CaptionExample> images, IReadOnlyList<float[]> scores,
        IReadOnlyList<string> features, Func<CaptionExample, RowFacts> facts, Terminal terminal, bool ofImages = false)
    {
        using var model = ModelFile.Load(parsed.GetRequiredValue(_model)!, task, terminal);
        var (weight, most) = ((float)parsed.GetValue(_weight), parsed.GetValue(_candidates));
        int[][] candidates = ofImages
            ? OfTexts(images.Index().Select(image => Best([.. scores.Select(own => own[image.Index])])), texts.Count)
            : [.. scores.Select(Best)];

        // Only images that are somebody's are read again.
        int[] seen = [.. candidates.SelectMany(own => own).Distinct().Order()];
        var places = seen.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        var again = Display.Run(terminal, "reranking", meter => model.ScorePairs(
            task, texts, [.. seen.Select(image => images[image])], [.. candidates.Select(own => own.Select(image => places[image]).ToArray())], features, facts,
            meter, terminal.Cancellation));
        float[][] table = [.. scores.Select(own => Enumerable.Repeat(float.NegativeInfinity, own.Length).ToArray())];
        for (var text = 0; text < table.Length; text++)
            foreach (var (image, score) in candidates[text].Zip(again[text])) table[text][image] = score + (weight * scores[text][image]);
        return table;

        int[] Best(float[] own) => [.. RetrievalRanks.Order(own).Take(most)];
    }

    /// <summary>Each image's texts as each text's images.</summary>
    private static int[][] OfTexts(IEnumerable<int[]> textsOfImages, int count)
    {
        List<int>[] images = [.. Enumerable.Range(0, count).Select(_ => new List<int>())];
        foreach (var (image, own) in textsOfImages.Index())
            foreach (var text in own) images[text].Add(image);
        return [.. images.Select(own => own.ToArray())];
    }
}
