using System.Runtime.InteropServices;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class AlgebraTests
{
    private static Tensor A => torch.tensor(new float[] { 1, 2, 3, 4 }, 2, 2);

    private static Tensor B => torch.tensor(new float[] { 5, 6, 7, 8 }, 2, 2);

    [Fact]
    public void Products()
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { A.matmul(B), torch.matmul(A, B), A.mm(B), torch.mm(A, B), torch.einsum("ij,jk->ik", A, B) })
            Expect.Values(t, 19, 22, 43, 50);
        Expect.Values(A.matmul(torch.tensor(new float[] { 1, 1 })), 3, 7);
        Expect.Shape(zeros(5, 1, 2, 3).matmul(zeros(4, 3, 6)), 5, 4, 2, 6);
        foreach (var t in new[] { A.unsqueeze(0).bmm(B.unsqueeze(0)), torch.bmm(A.unsqueeze(0), B.unsqueeze(0)) })
            Expect.Values(t, 19, 22, 43, 50);
        Expect.Values(ones(2, 2).addmm(A, B, beta: 2, alpha: 0.5f), 11.5, 13, 23.5, 27);
        Expect.Values(torch.addmm(ones(2, 2), A, B, 1, 1), 20, 23, 44, 51);
        var v = torch.tensor(new float[] { 1, 2 });
        foreach (var t in new[] { v.dot(v), torch.dot(v, v) }) Expect.Values(t, 5);
        foreach (var t in new[] { v.outer(v), torch.outer(v, v) }) Expect.Values(t, 1, 2, 2, 4);
    }

    [Fact]
    public void AWrongShapeIsAnExceptionWithTheShapes()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => zeros(2, 3).mm(zeros(2, 3)));
        Assert.Contains("2x3", error.Message, StringComparison.Ordinal);
        Assert.Throws<ExternalException>(() => zeros(1, 2, 3).bmm(zeros(1, 2, 3)));
    }
}
