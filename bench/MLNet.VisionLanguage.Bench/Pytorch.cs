using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Bench;

/// <summary>
/// bench/pytorch_vilbert.py in a process of its own, where a python3 of the machine imports torch. It waits between commands, so that it takes
/// turns with the others.
/// </summary>
internal sealed class Pytorch : IDisposable
{
    public const string Float32 = "float32", Int8 = "int8";

    /// <summary>The python3 of the path may be another than the distribution's, which is the one that gets python3-torch.</summary>
    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3"];

    private readonly Process _process;

    private Pytorch(Process process, string version) => (_process, Version) = (process, version);

    /// <summary>PyTorch's version and the engine of its int8.</summary>
    public string Version { get; }

    /// <summary>Starts it; null where no python3 imports torch.</summary>
    /// <param name="bench">Gives the weights.</param>
    /// <param name="batch">The inputs, float32.</param>
    public static Pytorch? Start(Workbench bench, EagerBatch batch)
    {
        if (Interpreters.FirstOrDefault(name => Run(name, "-c", "import torch") == 0) is not { } python) return null;
        var inputs = Path.Combine(bench.Options.Folder, "pytorch-inputs.safetensors");
        SafeTensors.Write(inputs,
        [
            Singles("features", batch.Features), Singles("locations", batch.Locations), Singles("textMask", batch.TextMask),
            Singles("imageMask", batch.ImageMask), Integers("ids", batch.Ids), Integers("types", batch.Types),
        ]);
        var config = bench.ViLbert;
        var plan = JsonSerializer.Serialize(new
        {
            textBefore = config.TextLayersBeforeCoAttention,
            imageBefore = config.ImageLayersBeforeCoAttention,
            textLayers = config.TextLayers,
            imageLayers = config.ImageLayers,
            textHeads = config.TextHeads,
            imageHeads = config.ImageHeads,
            coAttentionHeads = config.CoAttentionHeads,
        });
        var program = Path.Combine(AppContext.BaseDirectory, "pytorch_vilbert.py");
        var process = Process.Start(new ProcessStartInfo(python, [program, bench.Weights(), inputs, plan])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return new Pytorch(process, process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{program} ended at once."));
    }

    /// <summary>Scores the batch once.</summary>
    public void Score(string name, int threads) => Ask($"run {name} {threads}");

    /// <summary>The batch's scores, row by row.</summary>
    public float[] Scores(string name) => JsonSerializer.Deserialize<float[]>(Ask($"scores {name}"))!;

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static NamedTensor Singles(string name, Tensor values) => new(name, values.shape, values.data<float>().ToArray());

    private static NamedTensor Integers(string name, Tensor values) => new(name, values.shape, values.data<long>().ToArray());

    private static int Run(string name, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return -1;
        }
    }

    private string Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"PyTorch ended at '{command}'.");
    }
}
