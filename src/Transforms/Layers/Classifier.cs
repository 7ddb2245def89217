using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// A classifier on one vector, under the reference's names: dropout, then with <see cref="Hidden"/> a linear, an activation, perhaps a
/// LayerNorm (or that before the activation), dropout, then a linear to the logits.
/// </summary>
/// <param name="Output">Name of the last linear.</param>
internal sealed record Classifier(string Output)
{
    /// <summary>Dropout on the vector.</summary>
    public double InputDropout { get; init; }

    /// <summary>Name and width of the linear before the last; null when there is none.</summary>
    public (string Name, int Width)? Hidden { get; init; }

    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Name of the LayerNorm after the activation; null when there is none.</summary>
    public string? LayerNorm { get; init; }

    /// <summary>Whether the LayerNorm comes before the activation.</summary>
    public bool NormalizesFirst { get; init; }

    /// <summary>Added to the LayerNorm's variance.</summary>
    public double Epsilon { get; init; } = 1e-12;

    /// <summary>Whether the reference's training script decays the LayerNorm's gain.</summary>
    public bool DecaysGain { get; init; }

    /// <summary>Dropout before the last linear.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>
    /// The width of the vector where both linears have normed weights (<see cref="Pieces.NormedLinear"/>); null where they have not.
    /// </summary>
    public int? NormedWidth { get; init; }

    /// <summary>SimpleClassifier of ViLBERT and LXMERT's answer head: linear, gelu, LayerNorm, linear as NAME.0, .2 and .3.</summary>
    public static Classifier Simple(string name, int width, bool decaysGain = false) => new(name + ".3")
    {
        Hidden = (name + ".0", width),
        LayerNorm = name + ".2",
        DecaysGain = decaysGain,
    };

    /// <summary>Logits [B, <paramref name="classes"/>] of a vector [B, width].</summary>
    public T Run<T>(IEngine<T> engine, T vector, int classes)
        where T : class
    {
        vector = engine.Dropout(vector, InputDropout);
        if (Hidden is { } hidden)
        {
            vector = Linear(vector, hidden.Name, NormedWidth, hidden.Width);
            if (NormalizesFirst) vector = Normalized(vector);
            vector = engine.Activate(vector, Activation);
            if (!NormalizesFirst) vector = Normalized(vector);
            vector = engine.Dropout(vector, HiddenDropout);
        }

        return Linear(vector, Output, Hidden?.Width ?? NormedWidth, classes);

        T Normalized(T x) => LayerNorm is null ? x : engine.LayerNorm(x, LayerNorm, Epsilon, decayed: DecaysGain);

        T Linear(T x, string name, int? inputs, int outputs) => NormedWidth is null
            ? engine.Linear(x, name, outputs)
            : Pieces.NormedLinear(engine, x, name, inputs!.Value, outputs);
    }
}
