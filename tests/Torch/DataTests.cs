using System.Runtime.InteropServices;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class DataTests
{
    [Fact]
    public void PropertiesDescribeTheTensor()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2, 3, 4);
        Assert.Equal([2, 3, 4], t.shape);
        Assert.Equal([2, 3, 4], t.size());
        Assert.Equal(4, t.size(-1));
        Assert.Equal(3, t.size(1));
        Assert.Equal([12, 4, 1], t.stride());
        Assert.Equal(4, t.stride(1));
        Assert.Equal(3, t.ndim);
        Assert.Equal(3, t.dim());
        Assert.Equal(3, t.Dimensions);
        Assert.Equal(24, t.numel());
        Assert.Equal(24, t.NumberOfElements);
        Assert.Equal(4, t.element_size());
        Assert.Equal(4, t.ElementSize);
        Assert.Equal(12, t[1].storage_offset());
        Assert.Equal("cpu", t.device.ToString());
        Assert.True(t.is_contiguous());
        Assert.False(t.transpose(0, 1).is_contiguous());
        Assert.True(t.is_floating_point());
        Assert.False(t.is_integral());
        Assert.False(t.is_complex());
        Assert.False(t.is_cuda);
        Assert.False(t.is_meta);
        Assert.ThrowsAny<Exception>(() => t.size(3));
    }

    [Fact]
    public void ItemAndDataWantTheExactType()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(2.5f, torch.tensor(2.5f).item<float>());
        Assert.Equal(2.5f, torch.tensor(new[] { 2.5f }, 1, 1).item<float>());
        Assert.Equal(7L, torch.tensor(7L).item<long>());
        Assert.Throws<ArgumentException>(() => torch.tensor(2.5f).item<double>());
        Assert.Throws<ArgumentException>(() => zeros(2).item<float>());
        Assert.Throws<ArgumentException>(() => zeros(2).data<long>());
    }

    [Fact]
    public void ConversionsToNumbers()
    {
        using var scope = NewDisposeScope();
        var t = torch.tensor(3L);
        Assert.Equal(3f, t.ToSingle());
        Assert.Equal(3.0, t.ToDouble());
        Assert.Equal(3, t.ToInt32());
        Assert.Equal(3L, t.ToInt64());
        Assert.Equal(3, t.ToInt16());
        Assert.Equal(3, t.ToByte());
        Assert.Equal(3, t.ToSByte());
        Assert.True(t.ToBoolean());
        Assert.Equal(3f, (float)t);
        Assert.Equal(3.0, (double)t);
        Assert.Equal(3, (int)t);
        Assert.Equal(3L, (long)t);
        Assert.Equal(3, (short)t);
        Assert.Equal(3, (byte)t);
        Assert.Equal(3, (sbyte)t);
        Assert.True((bool)t);
        Assert.Equal(1.5f, torch.tensor(1.5f).ToScalar().ToSingle());
        Assert.Equal(2, torch.tensor(2.0).ToInt32());
    }

    [Fact]
    public void NumbersBecomeTensorsAndScalars()
    {
        using var scope = NewDisposeScope();
        Tensor fromFloat = 2f, fromDouble = 2.0, fromInt = 2, fromLong = 2L, fromBool = true, fromByte = (byte)2;
        Assert.Equal(
            [ScalarType.Float32, ScalarType.Float64, ScalarType.Int32, ScalarType.Int64, ScalarType.Bool, ScalarType.Byte],
            new[] { fromFloat, fromDouble, fromInt, fromLong, fromBool, fromByte }.Select(t => t.dtype));
        Tensor fromArray = new float[] { 1, 2 };
        Expect.Values(fromArray, 1, 2);
        Scalar scalar = 1.5f;
        Assert.Equal(1.5, scalar.ToDouble());
        Assert.Equal(3L, 3.ToScalar().ToInt64());
        Assert.Equal(3, ((Scalar)3L).ToInt32());
        Assert.True(((Scalar)true).ToBoolean());
        Assert.Equal(4, ((byte)4).ToScalar().ToByte());
        Assert.Equal(4, ((sbyte)4).ToScalar().ToSByte());
        Assert.Equal(4, ((short)4).ToScalar().ToInt16());
        Assert.Equal(0.5f, 0.5.ToScalar().ToSingle());
    }

    [Fact]
    public void AccessorWalksStridedTensorsInRowMajorOrder()
    {
        using var scope = NewDisposeScope();
        var t = torch.tensor(new float[] { 1, 2, 3, 4, 5, 6 }, 2, 3);
        var turned = t.transpose(0, 1);
        Assert.Equal([1, 4, 2, 5, 3, 6], turned.data<float>().ToArray());
        Assert.Equal([1f, 4, 2, 5, 3, 6], turned.data<float>());
        Assert.Equal(6, turned.data<float>().Count);
        Assert.Equal(2f, turned.data<float>()[1, 0]);
        Assert.Equal(6f, t.data<float>()[1, 2]);
        var part = new float[4];
        t.data<float>().CopyTo(part, 1, 3);
        Assert.Equal([0, 4, 5, 6], part);
        t.data<float>()[0, 1] = 20;
        Expect.Values(t[0], 1, 20, 3);
        turned.data<float>().CopyFrom([10, 40, 20, 50, 30, 60]);
        Expect.Values(t, 10, 20, 30, 40, 50, 60);
    }

    [Fact]
    public void BytesAreTheMemoryItself()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2, 2);
        MemoryMarshal.Cast<byte, float>(t.bytes)[3] = 5;
        Expect.Values(t, 0, 0, 0, 5);
        t.bytes = MemoryMarshal.AsBytes<float>([1, 2, 3, 4]).ToArray();
        Expect.Values(t, 1, 2, 3, 4);
        Assert.Throws<ArgumentException>(() => t.bytes = new byte[3]);
        Assert.Throws<InvalidOperationException>(() => t.transpose(0, 1).bytes.Length);
    }

    [Fact]
    public void BytesGoThroughAStreamAndBack()
    {
        using var scope = NewDisposeScope();
        var stream = new MemoryStream();
        torch.tensor(new float[] { 1, 2, 3 }).WriteBytesToStream(stream);
        Assert.Equal(12, stream.Length);
        stream.Position = 0;
        var t = zeros(3);
        t.ReadBytesFromStream(stream);
        Expect.Values(t, 1, 2, 3);
    }

    [Fact]
    public void ConversionsOfTypeAndPlace()
    {
        using var scope = NewDisposeScope();
        var t = torch.tensor(new[] { 0f, 1.75f });
        Assert.Equal(
            [ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int32, ScalarType.Int64, ScalarType.Int16,
                ScalarType.Int8,
                ScalarType.Byte, ScalarType.Bool, ScalarType.Float32],
            new[] { t.@double(), t.half(), t.bfloat16(), t.@int(), t.@long(), t.@short(), t.@char(), t.@byte(), t.@bool(), t.@float() }
                .Select(c => c.dtype));
        Expect.Whole(t.@long(), 0, 1);
        Expect.Truth(t.@bool(), false, true);
        Assert.Equal(ScalarType.Float64, t.to(ScalarType.Float64, CPU).dtype);
        Assert.Equal(ScalarType.Float64, t.type_as(torch.tensor(1.0)).dtype);
        Assert.Equal(ScalarType.Int64, t.to(torch.tensor(1L)).dtype);
        Assert.Equal(ScalarType.Int64, t.type(ScalarType.Int64).dtype);
        Assert.Equal(ScalarType.Int64, t.to_type(ScalarType.Int64).dtype);
        Assert.All(new[] { t.cpu(), t.to(CPU), t.to("cpu"), t.to(DeviceType.CPU) }, c => Assert.Equal(DeviceType.CPU, c.device_type));
    }

    [Fact]
    public void AConversionToTheSameTypeSharesMemoryUnlessACopyIsAsked()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2);
        t.to(ScalarType.Float32).fill_(1);
        Expect.Values(t, 1, 1);
        t.to(ScalarType.Float32, copy: true).fill_(2);
        t.clone().fill_(2);
        Expect.Values(t, 1, 1);
        t.alias().fill_(3);
        t.detach()[0] = 4f;
        Expect.Values(t, 4, 3);
        t.copy_(torch.tensor(new[] { 7, 8 }));
        Expect.Values(t, 7, 8);
        var old = zeros(2);
        old.to(ScalarType.Float64, disposeAfter: true);
        Assert.True(old.IsInvalid);
    }
}
