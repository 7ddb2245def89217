using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Training;
using TorchSharp;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>This assembly as a program that trains once, in a process where nothing has touched libtorch before.</summary>
internal static class TorchProcess
{
    /// <summary>Computes with TorchSharp before this library is touched: prints "sum 3", then as <see cref="LibraryFirst"/>.</summary>
    public const string TorchSharpFirst = "torchsharp-first";

    /// <summary>Trains: prints "trained" and where TorchSharp's native library is, or "error" and the message.</summary>
    public const string LibraryFirst = "library-first";

    public const string Usage = $"{TorchSharpFirst} | {LibraryFirst}";

    public static int Run(string mode)
    {
        if (mode == TorchSharpFirst) Console.WriteLine($"sum {Sum()}");
        return Train();
    }

    private static float Sum()
    {
        using var ones = torch.ones(3);
        using var sum = ones.sum();
        return sum.item<float>();
    }

    private static int Train()
    {
        var ml = new MLContext(1);
        try
        {
            var options = Questions.Options(o => (o.Epochs, o.BatchSize) = (1, 4));
            ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(ml, Questions.Make(4))).Dispose();
        }
        catch (DllNotFoundException e)
        {
            Console.WriteLine($"error {e.Message}");
            return 1;
        }

        var mapping = File.ReadLines("/proc/self/maps").First(line => line.Contains("libLibTorchSharp.so", StringComparison.Ordinal));
        Console.WriteLine($"trained {mapping[mapping.IndexOf('/')..]}");
        return 0;
    }
}
