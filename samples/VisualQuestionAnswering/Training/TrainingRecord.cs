using System.Text.Json;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;

/// <summary>What training leaves for the report, beside the model.</summary>
internal sealed record TrainingRecord
{
    public required int TrainRows { get; init; }

    public required double TrainingSeconds { get; init; }

    public required IReadOnlyList<LossPoint> Losses { get; init; }

    public required IReadOnlyList<EpochPoint> Epochs { get; init; }

    public required Evaluation Evaluation { get; init; }

    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this));

    public static TrainingRecord Load(string path) => JsonSerializer.Deserialize<TrainingRecord>(File.ReadAllText(path))
        ?? throw new InvalidDataException($"'{path}' holds no training record.");
}

/// <summary>The mean loss a row since the point before.</summary>
internal sealed record LossPoint(long Update, double Loss);

/// <summary>The validation accuracy after an epoch, 0..1.</summary>
internal sealed record EpochPoint(int Epoch, long Update, double ValidationScore);
