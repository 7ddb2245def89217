using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>What ML.NET's ONNX transformer does with the model's file: when it is read, and where it lies in a saved model.</summary>
public sealed class OnnxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = NewContext();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_saved_model_holds_the_onnx_file_after_its_length()
    {
        var onnx = Times(2).ToArray();
        var data = Rows([1f, 2f], [3f]);
        var chain = new EstimatorChain<ITransformer>()
            .Append(_ml.Transforms.CopyColumns("copy", "x"))
            .Append(_ml.Transforms.ApplyOnnxModel("y", "x", Write(Times(2))));
        var path = _folder.File("model.zip");
        _ml.Model.Save(chain.Fit(data), data.Schema, path);

        using (var zip = ZipFile.OpenRead(path))
        {
            var entry = Assert.Single(zip.Entries, x => x.FullName.Replace('\\', '/').EndsWith("/OnnxModel", StringComparison.Ordinal));
            using var content = new MemoryStream();
            using (var stream = entry.Open())
                stream.CopyTo(content);
            Assert.Equal(onnx.Length, BinaryPrimitives.ReadInt32LittleEndian(content.ToArray()));
            Assert.Equal(onnx, content.ToArray()[4..]);
        }

        var ml = NewContext();
        var loaded = ml.Model.Load(path, out _);
        Assert.Equal([[2f, 4f], [6f]], loaded.Transform(data).GetColumn<float[]>("y"));
    }

    [Fact]
    public void Saving_reads_the_file_again()
    {
        var path = _folder.File("doubling.onnx");
        Times(2).WriteTo(path);
        var data = Rows([1f]);
        var model = _ml.Transforms.ApplyOnnxModel("y", "x", path).Fit(data);

        var replacement = _folder.File("tripling.onnx");
        Times(3).WriteTo(replacement);
        File.Move(replacement, path, overwrite: true);

        Assert.Equal([[2f]], model.Transform(data).GetColumn<float[]>("y"));
        _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));
        Assert.Equal([[3f]], _ml.Model.Load(_folder.File("model.zip"), out _).Transform(data).GetColumn<float[]>("y"));
    }

    [Fact]
    public void Loading_uses_the_contexts_session_options_and_disposing_deletes_the_temporary_file()
    {
        var data = Rows([1f]);
        var path = _folder.File("model.zip");
        _ml.Model.Save(_ml.Transforms.ApplyOnnxModel("y", "x", Write(Times(2))).Fit(data), data.Schema, path);

        var ml = new MLContext(seed: 1) { TempFilePath = Directory.CreateDirectory(_folder.File("temporary")).FullName };
        var made = 0;
        ml.SetOnnxSessionOption(new OnnxSessionOptions
        {
            CreateSessionOptions = () =>
            {
                made++;
                return new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
            },
        });
        var loaded = ml.Model.Load(path, out _);
        Assert.Equal(1, made);
        Assert.Single(Directory.GetFiles(ml.TempFilePath));
        Assert.Equal([[2f]], loaded.Transform(data).GetColumn<float[]>("y"));

        ((IDisposable)loaded).Dispose();
        Assert.Empty(Directory.GetFiles(ml.TempFilePath));
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => _ml.Transforms.ApplyOnnxModel("y", "x", _folder.Write("no.onnx", [1, 2, 3])));
        Assert.Throws<IOException>(() => _ml.Transforms.ApplyOnnxModel("y", "x", _folder.File("absent.onnx")));
    }

    [Fact]
    public void A_disposed_transformer_still_tells_its_columns_and_saves()
    {
        var data = Rows([1f, 2f]);
        var model = _ml.Transforms.ApplyOnnxModel("y", "x", Write(Times(2))).Fit(data);
        model.Dispose();

        Assert.Equal(["x", "y"], model.GetOutputSchema(data.Schema).Select(column => column.Name));
        _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));
        Assert.Equal([[2f, 4f]], _ml.Model.Load(_folder.File("model.zip"), out _).Transform(data).GetColumn<float[]>("y"));
        Assert.ThrowsAny<Exception>(() => model.Transform(data).GetColumn<float[]>("y").ToList());
    }

    private static MLContext NewContext()
    {
        var ml = new MLContext(seed: 1);
        ml.SetOnnxSessionOption(new OnnxSessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 });
        return ml;
    }

    private static GraphBuilder Times(float factor)
    {
        var graph = new GraphBuilder("product");
        graph.Output("y", graph.Input("x", OnnxType.Float, "B", "S") * factor, "B", "S");
        return graph;
    }

    private string Write(GraphBuilder graph) => _folder.Write(Path.GetRandomFileName() + ".onnx", graph.ToArray());

    private IDataView Rows(params float[][] values) => _ml.Data.LoadFromEnumerable(values.Select(x => new Row { X = x }).ToArray());

    private sealed class Row
    {
        [ColumnName("x")]
        public float[] X { get; set; } = [];
    }
}
