namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>Renders the whole data set into a folder: pictures, and what is asked and said about those of two parts.</summary>
internal static class SceneDataset
{
    /// <summary>Writes the data set; it appears whole or not at all.</summary>
    /// <param name="folder">Where it goes; a data set that an earlier run left there is replaced.</param>
    /// <param name="scenes">How many scenes each part gets.</param>
    /// <param name="seed">Makes the same data set again.</param>
    /// <param name="drawn">Told how many pictures are done.</param>
    /// <param name="cancellation">Ends the work between two pictures.</param>
    /// <exception cref="IOException">The folder holds something else.</exception>
    public static void Render(string folder, IReadOnlyList<int> scenes, int seed, Action<int> drawn, CancellationToken cancellation)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        CheckReplaceable(target);
        var partial = $"{target}.{Guid.NewGuid():N}.partial";
        try
        {
            RenderInto(partial, scenes, seed, drawn, cancellation);
            if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
            Directory.Move(partial, target);
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }
    }

    /// <summary>Whoever names the wrong folder must not lose it.</summary>
    private static void CheckReplaceable(string folder)
    {
        if (File.Exists(folder)) throw new IOException($"'{folder}' is a file; a folder is expected.");
        if (!Directory.Exists(folder)) return;
        var splits = SceneSplit.All(folder);
        var known = splits.SelectMany(split => split.Contents).ToHashSet();
        var images = known.Where(Directory.Exists).SelectMany(Directory.EnumerateFileSystemEntries);
        var foreign = Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(path => !known.Contains(path))
            ?? images.FirstOrDefault(path => !IsOurs(Path.GetFileName(path)));
        if (foreign is not null)
            throw new IOException($"'{folder}' holds '{Path.GetRelativePath(folder, foreign)}', which is no part of a data set of scenes.");

        bool IsOurs(string name) => Scene.IsFileName(name) || splits.Any(split => split.IsPairImage(name));
    }

    private static void RenderInto(string folder, IReadOnlyList<int> scenes, int seed, Action<int> drawn, CancellationToken cancellation)
    {
        var generator = new SceneGenerator(seed);
        var id = 0;
        var splits = SceneSplit.All(folder);
        foreach (var (split, count) in splits.Zip(scenes))
        {
            Directory.CreateDirectory(split.Images);
            Directory.CreateDirectory(split.PairImages);
            var writer = new QuestionWriter(seed);
            var written = new List<(Scene, IReadOnlyList<SceneQuestion>)>(count);
            for (var i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var scene = generator.Create(++id);
                using (var image = SceneRenderer.Draw(scene)) image.Save(Path.Combine(split.Images, scene.FileName));
                written.Add((scene, writer.Write(scene)));
                drawn(id);
            }

            VqaFileWriter.Write(split, written);
            WorldFileWriter.Write(split, written, seed);
        }

        TasksFileWriter.Write(splits);
    }
}
