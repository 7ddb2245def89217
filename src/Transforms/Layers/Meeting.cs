using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>Which text meets which image where the streams first read each other (vilbert/vilbert.py, BertEncoder).</summary>
internal enum Meeting
{
    /// <summary>Each row's text meets the row's image.</summary>
    Rows,

    /// <summary>One text meets every image, or each row's its own (fast_mode): what comes before is computed once for the text.</summary>
    OneText,

    /// <summary>Every text of the batch meets every image (in_batch_pairs): row i × B + j is text i with image j.</summary>
    EveryPair,
}

internal static class Meetings
{
    /// <summary>The rows of the text side as they go on, of any number of axes.</summary>
    /// <param name="meeting">Who meets whom.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="text">[texts, …].</param>
    /// <param name="axes">How many axes that has.</param>
    /// <param name="image">The image states, [images, R, width].</param>
    public static T Texts<T>(this Meeting meeting, IEngine<T> engine, T text, int axes, T image)
        where T : class => meeting switch
        {
            Meeting.OneText => engine.Add(text, Zeros(engine, image, 0, axes)),
            Meeting.EveryPair => Merge(engine, engine.Add(engine.Unsqueeze(text, 1), Zeros(engine, image, 1, axes + 1))),
            _ => text,
        };

    /// <summary>The rows of the image side as they go on.</summary>
    /// <param name="meeting">Who meets whom.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="image">[images, …].</param>
    /// <param name="axes">How many axes that has.</param>
    /// <param name="text">The text states, [texts, L, width].</param>
    public static T Images<T>(this Meeting meeting, IEngine<T> engine, T image, int axes, T text)
        where T : class => meeting == Meeting.EveryPair
            ? Merge(engine, engine.Add(engine.Unsqueeze(image, 0), Zeros(engine, text, 0, axes + 1)))
            : image;

    /// <summary>Zeros [1, …, rows, …, 1] for the rows of states, to spread something else over them.</summary>
    private static T Zeros<T>(IEngine<T> engine, T states, int place, int axes)
        where T : class
    {
        var one = engine.Affine(engine.Slice(engine.Slice(states, 1, 0, 1), 2, 0, 1), 0);
        return engine.Reshape(one, [.. Enumerable.Range(0, axes).Select(axis => axis == place ? -1L : 1)]);
    }

    private static T Merge<T>(IEngine<T> engine, T values)
        where T : class => ((IImageEngine<T>)engine).MergeAxes(values, 0);
}

/// <summary>Brings the texts and the images of a batch together; nothing is learnt here.</summary>
/// <param name="Meeting">Who meets whom.</param>
internal sealed record MeetingSublayer(Meeting Meeting) : Sublayer
{
    public override Streams<T> Run<T>(IEngine<T> engine, Streams<T> streams, Recorder<T>? record)
    {
        var (text, image) = (streams.Text, streams.Image!);
        T? Spread(T? values, int axes) => values is null ? null : Meeting.Texts(engine, values, axes, image);
        return new(
            Meeting.Texts(engine, text, 3, image),
            Spread(streams.TextMask, 4),
            Meeting.Images(engine, image, 3, text),
            streams.ImageMask is { } mask ? Meeting.Images(engine, mask, 4, text) : null)
        {
            TextValidity = Spread(streams.TextValidity, 2),
        };
    }
}
