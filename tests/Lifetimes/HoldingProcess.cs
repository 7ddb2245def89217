using System.Diagnostics;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Scoring;

namespace MLNet.VisionLanguage.Tests.Lifetimes;

/// <summary>This assembly as a program that holds models, each with its temporary files, and ends without disposing any.</summary>
internal static class HoldingProcess
{
    public const string Hold = "hold";

    /// <summary>Prints "ready" once it holds everything, then reads a line and does what that says: "return" or "throw".</summary>
    public static int Run(string zip)
    {
        var ml = new MLContext(1);
        var rows = ml.Data.LoadFromEnumerable(AnswerFixture.Rows(2));
        var model = AnswerFixture.Create(ml);
        _ = AnswerFixture.Read(ml, model.Transform(rows)).Count;
        var images = ml.Data.LoadFromEnumerable(Array.Empty<ImagePath>());
        var grid = ml.Transforms.LoadImageFiles("Image", "", "Path").Append(ml.Transforms.ExtractGridFeatures("Image")).Fit(images);
        ml.VisionLanguage().Save(grid.Append(model), images.Schema, zip);
        var loaded = ml.VisionLanguage().Load(zip);
        Console.Out.WriteLine("ready");
        Console.Out.Flush();
        var line = Console.In.ReadLine();
        GC.KeepAlive((grid, model, loaded));
        return line == "throw" ? throw new InvalidOperationException("as asked") : 0;
    }

    /// <summary>Starts such a process and waits until it holds everything.</summary>
    public static Process Start(string temporary, string zip)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(dotnet, [typeof(HoldingProcess).Assembly.Location, Hold, zip])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporary;

        // The runtime's own sockets and pipes lie in the same place.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        var process = Process.Start(start)!;
        return process.StandardOutput.ReadLine() == "ready"
            ? process
            : throw new InvalidOperationException(process.StandardError.ReadToEnd());
    }

    private sealed class ImagePath
    {
        public string Path { get; set; } = "";
    }
}
