using MLNet.VisionLanguage.Onnx;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Onnx;

public class OnnxSignatureTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Names_types_and_dimensions_are_read_without_the_weights(bool seekable)
    {
        var model = Sample();
        using var stream = new CountingStream(new MemoryStream(model), seekable);
        var signature = OnnxSignature.Read(stream);

        Assert.Equal(["ids: Int64[B, S]", "features: Float[B, N, 3]"], signature.Inputs.Select(input => input.ToString()));
        Assert.Equal(["score: Float[B, 3]"], signature.Outputs.Select(output => output.ToString()));
        Assert.Equal("ViLBERT", signature.Metadata["architecture"]);
        Assert.Equal(GraphBuilder.OperatorSet, signature.OperatorSet);
        Assert.Contains("big", signature.Initializers);
        if (seekable) Assert.True(stream.BytesRead < model.Length / 10, $"{stream.BytesRead} of {model.Length} bytes were read");
    }

    [Fact]
    public void Rubbish_and_cut_files_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => OnnxSignature.Read(new MemoryStream([1, 2, 3, 4, 5, 6, 7, 8, 9])));
        Assert.Throws<InvalidDataException>(() => OnnxSignature.Read(new MemoryStream()));
        var model = Sample();
        foreach (var length in new[] { 3, 20, model.Length / 2, model.Length - 1 })
            Assert.Throws<InvalidDataException>(() => OnnxSignature.Read(new MemoryStream(model, 0, length)));
    }

    private static byte[] Sample()
    {
        var graph = new GraphBuilder("sample");
        graph.Metadata["architecture"] = "ViLBERT";
        var ids = graph.Input("ids", OnnxType.Int64, "B", "S");
        var features = graph.Input("features", OnnxType.Float, "B", "N", 3);
        var looked = graph.Gather(graph.Weight("big", [100_000, 3], () => new float[300_000]), ids);
        graph.Output("score", graph.ReduceSum(looked, 1, false) + graph.ReduceSum(features, 1, false), "B", 3);
        return graph.ToArray();
    }

    private sealed class CountingStream(MemoryStream inner, bool seekable) : Stream
    {
        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => seekable;

        public override bool CanWrite => false;

        public override long Length => seekable ? inner.Length : throw new NotSupportedException();

        public override long Position
        {
            get => seekable ? inner.Position : throw new NotSupportedException();
            set => inner.Position = seekable ? value : throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            BytesRead += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            seekable ? inner.Seek(offset, origin) : throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
