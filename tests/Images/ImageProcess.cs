using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Training;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>What the test assembly does with images as a program of its own, whose memory is not other tests'.</summary>
internal static class ImageProcess
{
    /// <summary>Loads the model ZIP with plain ML.NET and prints the size and first pixel of FILE.</summary>
    public const string Plain = "plain-image";

    /// <summary>Reads each FILE and cuts it into a grid: prints "PEAK GROWTH" in KiB, in all and since the first, small file.</summary>
    public const string Measured = "measured-images";

    public static int Run(string[] args)
    {
        switch (args)
        {
            case [Plain, var zip, var file]:
                var ml = new MLContext();
                var model = ml.Model.Load(zip, out _);
                var view = model.Transform(ml.Data.LoadFromEnumerable([new Row { ImagePath = file }]));
                var image = view.GetColumn<MLImage>("Image").Single();
                Console.WriteLine($"{image.Width} x {image.Height}: {image.Pixels[2]} {image.Pixels[1]} {image.Pixels[0]}");
                return 0;
            case [Measured, .. var files]:
                Measure(files);
                return 0;
            default:
                return 2;
        }
    }

    private static void Measure(string[] files)
    {
        long before = 0;
        foreach (var file in files)
        {
            var ml = new MLContext(1);
            var view = ml.Data.LoadFromEnumerable([new Row { ImagePath = file }]);
            var pipeline = ml.Transforms.LoadImageFiles("Image", "", "ImagePath").Append(ml.Transforms.ExtractGridFeatures("Image"));
            using (var model = pipeline.Fit(view))
            {
                var features = model.Transform(view).GetColumn<float[]>("RegionFeatures").Single();
                if (features.Length != 4 * 4 * 8 * 8 * 3) Console.Error.Write($"{file}: {features.Length} features");
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            var peak = ResidentMemory.TakePeak();
            Console.WriteLine($"{peak} {peak - before}");
            before = ResidentMemory.Reset();
        }
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }
}
