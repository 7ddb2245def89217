using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>How a grid of image tokens is cut into square windows that attend each to itself.</summary>
internal interface ISwinWindows
{
    /// <summary>Rows of a table with a number for each offset between two tokens of a window.</summary>
    int Offsets { get; }

    /// <summary>A number for every two tokens of a window and every head, see <see cref="SwinWindows.Bias"/>.</summary>
    T Bias<T>(IImageEngine<T> engine, T table)
        where T : class;

    /// <summary>What is made of the windows of a grid, as a grid again.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="x">[B, height, width, size].</param>
    /// <param name="size">Width of the tokens.</param>
    /// <param name="attend">Makes of windows others of the same shape; the second is the mask that keeps tokens apart, or null.</param>
    T Within<T>(IImageEngine<T> engine, T x, int size, Func<T, T?, T> attend)
        where T : class;

    /// <summary>Tokens one after the other, [B, N, size], as a grid.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="like">[B, height, width, size].</param>
    T Spread<T>(IImageEngine<T> engine, T tokens, T like)
        where T : class;
}
