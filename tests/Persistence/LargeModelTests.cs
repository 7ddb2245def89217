using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Tests.Scoring;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Persistence;

/// <summary>Large models at a reduced size: 30 MB, enough to be mapped instead of loaded.</summary>
public sealed class LargeModelTests
{
    private const long Megabyte = 1 << 20;

    [Fact]
    public void Neither_making_nor_loading_holds_the_weights()
    {
        var ml = new MLContext(seed: 1);
        using var folder = new TemporaryFolder();
        var settings = AnswerFixture.Settings with { Model = AnswerFixture.Config with { VocabularySize = 330_000 } };
        using var c = GoldenCases.Get("vilbert", "vltasks-mul-a");
        var weights = new EnlargedWeights(new GoldenWeights(c), settings.Model.VocabularySize);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var model = settings.Create(ml, weights);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before - weights.BytesRead, 0, 8 * Megabyte);
        Assert.True(weights.BytesRead > 30 * Megabyte);

        ml.VisionLanguage().Save(model, null, folder.File("large.zip"));
        before = GC.GetAllocatedBytesForCurrentThread();
        using var loaded = Assert.IsType<VisualQuestionAnsweringTransformer>(ml.VisionLanguage().Load(folder.File("large.zip")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * Megabyte);

        // Words of the small vocabulary have the small model's vectors, so the scores must be its scores.
        using var small = AnswerFixture.Create(ml);
        var data = ml.Data.LoadFromEnumerable(AnswerFixture.Rows(5));
        var expected = AnswerFixture.Read(ml, small.Transform(data));
        foreach (var transformer in new[] { model, loaded })
        {
            foreach (var (a, b) in expected.Zip(AnswerFixture.Read(ml, transformer.Transform(data))))
                GoldenAssert.Close(a.Score, b.Score, 1e-5, a.Name);
        }
    }

    /// <summary>The small model's weights with a long word table.</summary>
    private sealed class EnlargedWeights(IParameterSource small, int words) : IParameterSource
    {
        private const string Table = "bert.embeddings.word_embeddings.weight";

        public long BytesRead { get; private set; }

        public bool Contains(string name) => small.Contains(name);

        public IReadOnlyList<long> ShapeOf(string name) =>
            name == Table ? [words, small.ShapeOf(name)[1]] : small.ShapeOf(name);

        public float[] Read(string name)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var values = small.Read(name);
            if (name == Table) Array.Resize(ref values, checked((int)(ShapeOf(name)[0] * ShapeOf(name)[1])));
            BytesRead += GC.GetAllocatedBytesForCurrentThread() - before;
            return values;
        }
    }
}
