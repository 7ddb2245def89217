using System.CommandLine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>What lies with a checkpoint: in a folder of the transformers library its configuration and its vocabulary.</summary>
internal static class CheckpointFiles
{
    /// <summary>The file or folder of an option.</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    public static string Existing(string option, string path) =>
        File.Exists(path) || Directory.Exists(path) ? path : throw new FileNotFoundException($"{option}: the file '{path}' does not exist.", path);

    /// <summary>The file of an option, or the checkpoint's folder, which has one.</summary>
    /// <exception cref="UsageException">There is neither.</exception>
    public static string Beside(ParseResult parsed, Option<string?> option, string checkpoint) => parsed.GetValue(option) is { } path
        ? Existing(option.Name, path)
        : Directory.Exists(checkpoint)
            ? checkpoint
            : throw new UsageException($"{option.Name} is needed: '{checkpoint}' is a file; a folder of the transformers library has one in it.");

    /// <summary>The architecture: as told, else as the checkpoint's names tell, else ViLBERT's.</summary>
    public static string Kind(string? told, string? checkpoint, string? stateDictionary)
    {
        if (told is not null) return told;
        if (checkpoint is null) return ViLbertConfig.Base.Kind;
        using var opened = Checkpoint.Open(checkpoint, stateDictionary);
        if (VisionLanguageModel.Guess(opened.Names) == ModelKinds.Detector)
            throw new UsageException($"'{checkpoint}' is a {ModelKinds.Detector}, which finds regions; 'vl convert detector' converts it.");
        return ModelKinds.KindOf(opened.Names) ?? ViLbertConfig.Base.Kind;
    }
}
