using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage;

/// <summary>How an experiment chooses its trials.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExperimentTuner>))]
public enum ExperimentTuner
{
    /// <summary><see cref="TreeParzenTuner"/>: by a model of what was good so far.</summary>
    TreeParzen,

    /// <summary><see cref="RandomTuner"/>: by chance.</summary>
    Random,

    /// <summary><see cref="GridTuner"/>: every combination.</summary>
    Grid,

    /// <summary><see cref="SuccessiveHalvingTuner"/>: by chance, and those that are behind after 1, 3, 9, ... epochs are stopped.</summary>
    SuccessiveHalving,

    /// <summary><see cref="CostFrugalTuner"/>: in steps from the best so far, the defaults first.</summary>
    CostFrugal,
}
