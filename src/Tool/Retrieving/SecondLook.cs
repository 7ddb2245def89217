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
        int[][] first = [.. scores.Select(own => RetrievalRanks.Order(own))];
        if (parsed.GetValue(_model) is not { } path) return [.. first.Zip(scores, (order, own) => order.Select(image => (image, own[image])).ToArray())];
        using var model = ModelFile.Load(path, task, terminal);
        var weight = (float)parsed.GetValue(_weight);
        int[][] candidates = [.. first.Select(order => order.Take(parsed.GetValue(_candidates)).ToArray())];

        // Only images that are somebody's are read again.
        int[] seen = [.. candidates.SelectMany(own => own).Distinct().Order()];
        var places = seen.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        var again = Display.Run(terminal, "reranking", meter => model.ScorePairs(
            task, texts, [.. seen.Select(image => images[image])], [.. candidates.Select(own => own.Select(image => places[image]).ToArray())], features, facts,
            meter, terminal.Cancellation));
        return
        [
            .. candidates.Select((own, text) => own.Zip(again[text], (image, score) => (image, score + (weight * scores[text][image])))
                .OrderByDescending(one => one.Item2).ToArray()),
        ];
    }
}
