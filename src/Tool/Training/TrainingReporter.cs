using System.Globalization;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>Tells how far a training run is.</summary>
internal sealed class TrainingReporter(IMeter meter) : IProgress<TrainingProgress>
{
    private TrainingProgress? _best;
    private TrainingProgress? _last;

    /// <summary>Tells how the run ended.</summary>
    public void TellEnd(LearningOptions options)
    {
        if (_last is { } last && last.Epoch < options.Epochs)
            meter.Keep($"stopped early, after epoch {last.Epoch}: {options.EarlyStoppingPatience} epochs without a better validation score");
        if (_best is not { } best) return;
        meter.Keep(string.Create(CultureInfo.InvariantCulture, $"best epoch {best.Epoch}: validation score {best.ValidationScore:F4}"));
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.EpochEnded)
        {
            _last = value;
            if (value.ValidationScore is not null && !(value.ValidationScore <= _best?.ValidationScore)) _best = value;
        }

        var validation = value.ValidationScore is { } score ? $", validation score {score:F4}" : "";
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {value.Epoch}/{value.Epochs}: loss {value.Loss:F4}, score {value.TrainingScore:F4}{validation}, " +
            $"{value.RowsPerSecond:F0} rows/s");
        if (value.EpochEnded) meter.Keep(text);
        else meter.Show(value.Update, value.Updates, text);
    }
}
