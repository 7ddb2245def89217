using static TorchSharp.torch;

namespace EmojiRetrieval;

/// <summary>The baseline: a ridge map from a picture's mean features of the last map to the vector of its sentence.</summary>
internal static class Ridge
{
    private const double Penalty = 1;

    /// <summary>A picture's values.</summary>
    public static float[] Pooled(float[] cells)
    {
        var late = new float[Cells.Late];
        foreach (var cell in cells.Chunk(Cells.Size))
            for (var i = 0; i < late.Length; i++) late[i] += cell[Cells.Early + i] / (Cells.Grid * Cells.Grid);
        return late;
    }

    /// <summary>[pictures][concepts]: cosines of mapped pictures with the sentences.</summary>
    public static float[][] Score(float[][] pictures, int[] concepts, float[][] texts, float[][] judged)
    {
        using var scope = NewDisposeScope();
        Tensor x = FirstStage.Table(pictures), mean = x.mean([0], true), deviation = x.std(0, true, true) + 1e-3;
        x = (x - mean) / deviation;
        var all = FirstStage.Table(texts);
        var y = all.index_select(0, tensor(concepts.Select(concept => (long)concept).ToArray()));
        var middle = y.mean([0], true);
        var map = linalg.solve(x.t().matmul(x) + eye(x.shape[1]) * Penalty * x.shape[0] / 10, x.t().matmul(y - middle));
        var mapped = nn.functional.normalize(((FirstStage.Table(judged) - mean) / deviation).matmul(map) + middle, 2, 1);
        var scores = mapped.matmul(all.t());
        return [.. scores.data<float>().ToArray().Chunk((int)scores.shape[1])];
    }
}
