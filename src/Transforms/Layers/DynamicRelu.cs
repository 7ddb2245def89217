using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// An activation that the whole map decides on (Chen et al. 2020, "Dynamic ReLU"): the larger of two lines for each channel, whose slopes and
/// heights follow from the channels' means by NAME.fc.0 and NAME.fc.2.
/// </summary>
/// <param name="Name">What the parameters' names start with.</param>
/// <param name="Channels">Channels of the map.</param>
internal sealed record DynamicRelu(string Name, int Channels)
{
    private const int Squeeze = 4;

    /// <param name="engine">The engine.</param>
    /// <param name="x">[images, channels, height, width].</param>
    public T Run<T>(IRegionEngine<T> engine, T x)
        where T : class
    {
        var means = engine.Reshape(engine.GlobalAveragePool(x), 0, Channels);
        var hidden = engine.Activate(engine.Linear(means, Name + ".fc.0", Channels / Squeeze), Activation.Relu);
        var told = engine.Activate(engine.Linear(hidden, Name + ".fc.2", 4 * Channels), Activation.HardSigmoid);
        var lines = engine.Reshape(engine.Affine(told, 1, -0.5f), 0, 4 * Channels, 1, 1);
        return engine.Maximum(Line(0, 1), Line(2, 0));

        // A slope moves by up to 1 from where it starts, a height by up to a half from 0.
        T Line(int first, float start) => (engine.Of(x) * engine.Of(engine.Affine(Part(first), 2, start))) + engine.Of(Part(first + 1));

        T Part(int i) => engine.Slice(lines, 1, i * Channels, (i + 1) * Channels);
    }
}
