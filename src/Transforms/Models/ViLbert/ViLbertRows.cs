using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// How a batch of questions becomes the rows the model runs (vilbert/task_utils.py, "process"): a question of several texts or images is
/// several rows, row = question × parts + part. For values of any type and number of axes.
/// </summary>
internal sealed class ViLbertRows<T>(IImageEngine<T> engine)
    where T : class
{
    /// <summary>Values of every part, [B, parts, …]: [B × parts, …] (process "retrieval").</summary>
    public T Flat(T values) => engine.MergeAxes(values, 0);

    /// <summary>A value of the question, [B, …], for each of its parts: [B × parts, …] (process "expand": one image, several texts).</summary>
    public T Repeated(T values, int parts) =>
        Flat(engine.Concat(1, [.. Enumerable.Repeat(engine.Unsqueeze(values, 1), parts)]));

    /// <summary>Regions of two images one after the other, [B, 2 × regions, …]: [2 B, regions, …] (process "nlvr").</summary>
    public T Halves(T values, int regions) => Flat(engine.SplitAxis(values, 1, regions));
}
