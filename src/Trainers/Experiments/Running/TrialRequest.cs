using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>A trial as data: what a process of its own is told.</summary>
internal sealed record TrialRequest
{
    public required TrialSettings Settings { get; init; }

    /// <summary>The rows of each fold, as ML.NET's binary files.</summary>
    public required IReadOnlyList<FoldFiles> Folds { get; init; }

    public required int Repetitions { get; init; }

    /// <summary>The metric's name.</summary>
    public required string Metric { get; init; }

    /// <summary>The pipeline: <see cref="VisualQuestionAnsweringSpace.PipelineName"/>, or null for that of the program.</summary>
    public required string? Pipeline { get; init; }

    /// <summary>Where the model goes.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Where the result goes.</summary>
    public required string ResultPath { get; init; }
}

/// <summary>The files of a fold.</summary>
internal sealed record FoldFiles(string Training, string Validation);

/// <summary>How requests and results are written.</summary>
internal static class TrialJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("An object is expected, found null.");
}
