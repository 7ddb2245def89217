namespace MLNet.VisionLanguage.Training;

/// <summary>
/// Says when a run learns nothing, so that nobody finds out from the finished model: when its score is no better than that of a prediction
/// that looks at nothing, and when its loss is no lower than at the beginning.
/// </summary>
/// <param name="constant">The best prediction that looks at nothing and its mean score on the training rows; null when there is none.</param>
/// <param name="options">What is tried already is not advised.</param>
/// <param name="warn">Takes what there is to say.</param>
internal sealed class LearningWatch((double Score, string Prediction)? constant, LearningOptions options, Action<string> warn)
{
    private readonly string _advice =
        options is { Initialization: WeightInitialization.Xavier, CorrectBias: true } || options.InitialWeights is not null
            ? "More epochs or rows, or another LearningRate (lower when the loss grows), may help."
            : "Another LearningRate (lower when the loss grows), and for fresh weights Initialization Xavier with CorrectBias, may help.";

    private double? _firstLoss;
    private bool _said;

    /// <summary>Looks at a report of the run.</summary>
    public void See(TrainingProgress progress)
    {
        _firstLoss ??= progress.Loss;
        if (!progress.EpochEnded || (_said && progress.Epoch < progress.Epochs)) return;
        if (constant is { } best && progress.TrainingScore <= best.Score)
        {
            Say($"After epoch {progress.Epoch} the training score {progress.TrainingScore:F4} is not above {best.Score:F4}, that of always giving "
                + $"the most frequent answer '{best.Prediction}'. {_advice}");
        }
        else if (progress.Epoch > 1 && progress.Loss >= _firstLoss)
        {
            Say($"The loss of epoch {progress.Epoch} is {progress.Loss:F4}, no lower than {_firstLoss:F4} at the beginning: "
                + $"learning diverges, or does not begin. {_advice}");
        }
    }

    private void Say(string text)
    {
        _said = true;
        warn(text);
    }
}
