using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Questions;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Scenes;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Data;

/// <summary>Renders the whole data set into a folder: pictures, questions and annotations of three parts.</summary>
internal static class SceneDataset
{
    /// <param name="folder">Where it goes; what an earlier run left there is replaced.</param>
    /// <param name="sizes">How many scenes each part gets.</param>
    /// <param name="seed">Makes the same data set again.</param>
    /// <param name="drawn">Told how many pictures are done.</param>
    /// <param name="cancellation">Ends the work between two pictures.</param>
    public static void Render(
        string folder, IReadOnlyList<(SceneSplit Split, int Scenes)> sizes, int seed, Action<int> drawn, CancellationToken cancellation)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var generator = new SceneGenerator(seed);
        var id = 0;
        foreach (var (split, scenes) in sizes)
        {
            Directory.CreateDirectory(split.Images);
            var writer = new QuestionWriter(seed);
            var written = new List<(Scene, IReadOnlyList<SceneQuestion>)>(scenes);
            for (var i = 0; i < scenes; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var scene = generator.Create(++id);
                using (var image = SceneRenderer.Draw(scene))
                    image.Save(Path.Combine(split.Images, scene.FileName));
                written.Add((scene, writer.Write(scene)));
                drawn(id);
            }

            VqaFileWriter.Write(split, written);
        }
    }
}
