using Microsoft.ML;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks.Answering;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Bench;

/// <summary>The models that sections share, with random weights; written once and kept.</summary>
internal sealed class Workbench(BenchOptions options)
{
    /// <summary>The regions of an image, as bottom-up attention's fixed features have them.</summary>
    public const int Regions = 36;

    /// <summary>The tokens to which ViLBERT's reference pads VQA's questions.</summary>
    public const int PaddedTokens = 23;

    private const int VqaAnswers = 3129;

    public BenchOptions Options => options;

    public ViLbertConfig ViLbert => options.IsTiny ? ViLbertConfig.Tiny with { RegionFeatureSize = 64, VocabularySize = 1000 } : ViLbertConfig.Base;

    public LxmertConfig Lxmert =>
        options.IsTiny ? LxmertConfig.Tiny with { RegionFeatureSize = 64, VocabularySize = 1000 } : LxmertConfig.Base;

    /// <summary>The model of the scenes: nine cells of 8 x 8 pixels and some dozens of words.</summary>
    public static ViLbertConfig Scenes { get; } = ViLbertConfig.Tiny with { RegionFeatureSize = 192, VocabularySize = 60 };

    public string[] Answers { get; } = [.. Enumerable.Range(0, options.IsTiny ? 20 : VqaAnswers).Select(i => $"answer {i}")];

    public MLContext Context { get; } = new(1);

    /// <summary>Rows for the ViLBERT that is measured.</summary>
    public RowMaker RowMaker(int seed = 1) => new(ViLbert, Answers, Regions, seed);

    /// <summary>The zip of <see cref="ViLbert"/>.</summary>
    public string ViLbertZip(bool int8 = false) => Zip(ViLbert, int8 ? ViLbert.Kind + "-int8" : ViLbert.Kind, int8);

    /// <summary>The zip of <see cref="Lxmert"/>.</summary>
    public string LxmertZip() => Zip(Lxmert, Lxmert.Kind);

    /// <summary>The zip of <see cref="Scenes"/>.</summary>
    public string ScenesZip() => Zip(Scenes, "scenes");

    /// <summary>The weights of <see cref="ViLbert"/>, under the reference's names.</summary>
    public string Weights()
    {
        var path = PathOf(ViLbert.Kind, "safetensors");
        if (File.Exists(path)) return path;
        using var model = Load(ViLbertZip());
        model.SaveWeights(path);
        return path;
    }

    /// <summary>The library's transformer in a zip.</summary>
    public VisualQuestionAnsweringTransformer Load(string zip)
    {
        var loaded = Context.VisionLanguage().Load(zip);
        return (VisualQuestionAnsweringTransformer)(loaded is IEnumerable<ITransformer> parts ? parts.Single() : loaded);
    }

    private string PathOf(string name, string ending) => Path.Combine(options.Folder, $"{name}-{(options.IsTiny ? "tiny" : "base")}.{ending}");

    /// <summary>A model's zip; made when it is not there yet.</summary>
    private string Zip(VisionLanguageModel model, string name, bool int8 = false)
    {
        var path = PathOf(name, "zip");
        if (File.Exists(path)) return path;
        Directory.CreateDirectory(options.Folder);
        Console.Error.WriteLine($"bench: writing {path} ...");
        var settings = new AnswerModelSettings
        {
            Model = model,
            Head = model.FindAnswerClassifier(AnswerHead.Vqa).Name,
            Answers = Answers,
            Quantize = int8,
        };
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, model.InitializerRange, 1);
        using var transformer = settings.Create(Context, parameters.AsSource());
        var rows = Context.Data.LoadFromEnumerable(Array.Empty<BenchRow>());
        Context.VisionLanguage().Save(transformer, rows.Schema, path);
        return path;
    }
}
