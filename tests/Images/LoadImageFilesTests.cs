using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

public sealed class LoadImageFilesTests : IDisposable
{
    private const int Side = 16;

    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_are_those_of_LoadImages()
    {
        var data = Paths(Save("a.png"), Save("b.png", 20));
        var ours = _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath").Fit(data).Transform(data);
        var theirs = _ml.Transforms.LoadImages("Image", _folder.Path, "ImagePath").Fit(data).Transform(data);
        Assert.Equal(theirs.Schema.Select(c => (c.Name, c.Type.ToString())), ours.Schema.Select(c => (c.Name, c.Type.ToString())));
        foreach (var (mine, its) in ours.GetColumn<MLImage>("Image").Zip(theirs.GetColumn<MLImage>("Image")))
        {
            Assert.Equal((its.Width, its.Height, its.PixelFormat), (mine.Width, mine.Height, mine.PixelFormat));
            Assert.True(its.Pixels.SequenceEqual(mine.Pixels));
        }
    }

    [Fact]
    public void What_takes_images_takes_these()
    {
        var data = Paths(Save("a.png"), Save("b.png", 20));
        var rest = _ml.Transforms.ResizeImages("Small", 4, 2, "Image").Append(_ml.Transforms.ConvertToGrayscale("Gray", "Small"))
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Gray"));
        var ours = _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath").Append(rest).Fit(data).Transform(data);
        var theirs = _ml.Transforms.LoadImages("Image", _folder.Path, "ImagePath").Append(rest).Fit(data).Transform(data);
        var pixels = ours.GetColumn<float[]>("Pixels").ToArray();
        Assert.Equal(theirs.GetColumn<float[]>("Pixels"), pixels);
        Assert.Equal(2, pixels.Length);
        Assert.Equal(4 * 2 * 3, pixels[0].Length);
    }

    [Fact]
    public void A_saved_model_loads_plainly_and_as_ours()
    {
        var data = Paths(Save("a.png"), "");
        var options = new LoadImageFilesOptions
        {
            ShrinkAbove = 64,
            ProblemColumnName = "Problem",
            OriginalSizeColumnName = "Size",
            RowIdColumnName = "Id",
            BadImages = BadImagePolicy.NoImage,
        };
        var model = _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath", options).Fit(data);
        var zip = _folder.File("m.zip");
        _ml.Model.Save(model, data.Schema, zip);
        var expected = Read(model.Transform(data));
        Assert.Equal((8, 8), (expected[0].Image!.Width, expected[0].Image!.Height));
        Assert.Null(expected[1].Image);

        var plain = new MLContext().Model.Load(zip, out _);
        var ours = _ml.VisionLanguage().Load(zip);
        Assert.IsType<LoadImageFilesTransformer>(Inside(ours));
        Assert.Equal($"{model}", $"{Inside(ours)}");
        foreach (var loaded in new[] { plain, ours })
        {
            var rows = Read(loaded.Transform(data));
            Assert.True(expected[0].Image!.Pixels.SequenceEqual(rows[0].Image!.Pixels));
            Assert.Equal(expected.Select(Rest), rows.Select(Rest));
        }

        // A loaded model is saved as well as one that was made here.
        _ml.Model.Save(ours, data.Schema, _folder.File("again.zip"));
        Assert.Equal(2, Read(_ml.VisionLanguage().Load(_folder.File("again.zip")).Transform(data)).Length);

        static (long, string, float, float) Rest(Output row) => (row.Id, row.Problem, row.Size[0], row.Size[1]);

        static ITransformer Inside(ITransformer loaded) => loaded is IEnumerable<ITransformer> chain ? chain.First() : loaded;
    }

    [Fact]
    public void A_new_process_loads_a_model_plainly()
    {
        var data = Paths(Save("a.png"));
        var zip = _folder.File("m.zip");
        _ml.Model.Save(_ml.Transforms.LoadImageFiles("Image", "", "ImagePath").Fit(data), data.Schema, zip);
        using var process = Training.TrainingProcess.Start(ImageProcess.Plain, zip, _folder.File("a.png"));
        Assert.Equal("16 x 16: 255 0 0", process.StandardOutput.ReadToEnd().Trim());
        Assert.Equal("", process.StandardError.ReadToEnd());
    }

    [Fact]
    public void A_row_that_fails_names_column_file_reason_and_id()
    {
        var path = _folder.Write("page.jpg", "<html>404</html>"u8);
        var data = Paths(Save("a.png"), "page.jpg");
        var error = RowErrors.Throws<UnreadableImageException>(() => Read(
            _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath", new() { RowIdColumnName = "Id" }).Fit(data).Transform(data)));
        const string Reason = "it is a web page (HTML), not a picture; JPEG, PNG, GIF, WebP and BMP are read";
        Assert.Equal((path, Reason), (error.FilePath, error.Reason));
        Assert.Equal($"LoadImageFiles: column 'ImagePath' (Id 101): '{path}' cannot be read as an image: {Reason}.", error.Message);
        var missing = Paths("no.png");
        var loader = _ml.Transforms.LoadImageFiles("Image", null, "ImagePath", new() { RowIdColumnName = "ImagePath" }).Fit(missing);
        error = RowErrors.Throws<UnreadableImageException>(() => Read(loader.Transform(missing)));
        Assert.Contains("(ImagePath no.png): 'no.png' cannot be read as an image: there is no such file.", error.Message);
    }

    [Fact]
    public void Bad_images_can_be_left_out()
    {
        _folder.Write("half.png", Pictures.Quarters(Side, Side, SKEncodedImageFormat.Png).AsSpan(..^20));
        var data = Paths(Save("a.png"), "half.png", "none.png", "");
        var options = new LoadImageFilesOptions
        {
            BadImages = BadImagePolicy.NoImage,
            ProblemColumnName = "Problem",
            OriginalSizeColumnName = "Size",
            ShrinkAbove = 100,
        };
        var rows = Read(_ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath", options).Fit(data).Transform(data));
        Assert.Equal([true, false, false, false], rows.Select(row => row.Image is not null));
        Assert.Equal(
            ["", "it is cut off: it ends in the IDAT chunk of its PNG", "there is no such file", ""], rows.Select(row => row.Problem));
        Assert.Equal([16f, 0f, 0f, 0f], rows.Select(row => row.Size[0]));
        Assert.Equal((10, 10), (rows[0].Image!.Width, rows[0].Image!.Height));

        // Read first, an image of the row before must not show through in the next.
        var reversed = Paths("none.png", "a.png", "none.png");
        rows = Read(_ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath", options).Fit(reversed).Transform(reversed));
        Assert.Equal([false, true, false], rows.Select(row => row.Image is not null));
    }

    [Fact]
    public void A_prediction_engine_takes_one_path_and_no_rows_are_fine()
    {
        Save("a.png");
        var empty = _ml.Data.LoadFromEnumerable(Array.Empty<Input>());
        var model = _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath").Fit(empty);
        Assert.Empty(Read(model.Transform(empty)));
        using var engine = _ml.Model.CreatePredictionEngine<Input, Output>(model);
        Pictures.AssertQuarters(engine.Predict(new Input { ImagePath = "a.png" }).Image!, Side, Side);
        Assert.Null(engine.Predict(new Input()).Image);
        Pictures.AssertQuarters(engine.Predict(new Input { ImagePath = _folder.File("a.png") }).Image!, Side, Side);
    }

    [Fact]
    public void The_path_column_can_be_replaced()
    {
        var data = Paths(Save("a.png"));
        var view = _ml.Transforms.LoadImageFiles("ImagePath", _folder.Path).Fit(data).Transform(data);
        Pictures.AssertQuarters(view.GetColumn<MLImage>("ImagePath").Single(), Side, Side);
    }

    [Fact]
    public void Wrong_columns_and_options_are_named()
    {
        var data = Paths("x");
        var transforms = _ml.Transforms;
        Assert.Contains("'Path'", Assert.Throws<ArgumentException>(() => transforms.LoadImageFiles("Image", "", "Path").Fit(data)).Message);
        Assert.Contains("'Id'", Assert.Throws<ArgumentException>(() => transforms.LoadImageFiles("Image", "", "Id").Fit(data)).Message);
        Assert.Contains("'Row'", Assert.Throws<ArgumentException>(
            () => transforms.LoadImageFiles("Image", "", "ImagePath", new() { RowIdColumnName = "Row" }).Fit(data)).Message);
        Assert.Throws<ArgumentException>(() => transforms.LoadImageFiles("", "", "ImagePath"));
        Assert.Contains("different", Assert.Throws<ArgumentException>(
            () => transforms.LoadImageFiles("Image", "", "ImagePath", new() { ProblemColumnName = "Image" })).Message);
        LoadImageFilesOptions[] wrong = [new() { PixelLimit = 0 }, new() { MemoryLimit = -1 }, new() { ShrinkAbove = 0 }];
        foreach (var options in wrong)
            Assert.Throws<ArgumentOutOfRangeException>(() => transforms.LoadImageFiles("Image", "", "ImagePath", options));
    }

    private string Save(string name, int side = Side)
    {
        _folder.Write(name, Pictures.Quarters(side, side, SKEncodedImageFormat.Png));
        return name;
    }

    private IDataView Paths(params string[] paths) =>
        _ml.Data.LoadFromEnumerable(paths.Select((path, i) => new Input { Id = 100 + i, ImagePath = path }).ToArray());

    private Output[] Read(IDataView view) =>
        [.. _ml.Data.CreateEnumerable<Output>(view, reuseRowObject: false, ignoreMissingColumns: true)];

    private sealed class Input
    {
        public long Id { get; set; }

        public string ImagePath { get; set; } = "";
    }

    private sealed class Output
    {
        public long Id { get; set; }

        public MLImage? Image { get; set; }

        public string Problem { get; set; } = "";

        [VectorType(2)]
        public float[] Size { get; set; } = [];
    }
}
