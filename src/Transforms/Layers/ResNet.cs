using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// One stage of a residual network of bottlenecks (He et al. 2016): 1 × 1, 3 × 3, 1 × 1 convolutions with a shortcut, the first block of which
/// changes channels and size. Names are detectron2's, NAME.I.conv1.weight, NAME.I.conv1.norm.weight, NAME.I.shortcut.weight and so on, or
/// torchvision's, NAME.I.conv1.weight, NAME.I.bn1.weight, NAME.I.downsample.0.weight.
/// </summary>
/// <param name="Name">What the parameters' names start with, such as "backbone.res2".</param>
/// <param name="Blocks">How many bottlenecks.</param>
/// <param name="Inputs">Channels that come in.</param>
/// <param name="Outputs">Channels that go out.</param>
/// <param name="Width">Channels between.</param>
internal sealed record ResNetStage(string Name, int Blocks, int Inputs, int Outputs, int Width)
{
    /// <summary>Parts of the channels between that are convolved each for itself.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Pixels from one window of the first block to the next.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Whether that is so in the first 1 × 1 convolution (the original network), not in the 3 × 3 one.</summary>
    public bool StrideInFirst { get; init; } = true;

    /// <summary>Of the 3 × 3 convolutions.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>How convolutions are normalised.</summary>
    public ResNetNorms Norms { get; init; } = ResNetNorms.Usual;

    /// <param name="engine">The engine.</param>
    /// <param name="x">[images, inputs, height, width].</param>
    /// <param name="record">Receives the first block's shortcut and result under "NAME.0.shortcut" and "NAME.0".</param>
    public T Run<T>(IImageEngine<T> engine, T x, Recorder<T>? record = null)
        where T : class
    {
        for (var block = 0; block < Blocks; block++) x = Block(engine, x, block, record);
        return x;
    }

    private T Block<T>(IImageEngine<T> engine, T x, int block, Recorder<T>? record)
        where T : class
    {
        var name = $"{Name}.{block}";
        var stride = block == 0 ? Stride : 1;
        var (inputs, kept) = (block == 0 ? Inputs : Outputs, x);
        if (inputs != Outputs)
        {
            kept = Convolution(engine, x, name, "shortcut", Outputs, 1, stride);
            if (block == 0) record?.Invoke(name + ".shortcut", kept);
        }

        var first = StrideInFirst ? stride : 1;
        var inner = engine.Activate(Convolution(engine, x, name, "conv1", Width, 1, first), Activation.Relu);
        inner = Convolution(engine, inner, name, "conv2", Width, 3, stride / first, Dilation, Groups);
        inner = Convolution(engine, engine.Activate(inner, Activation.Relu), name, "conv3", Outputs, 1);
        var result = engine.Activate(engine.Add(inner, kept), Activation.Relu);
        if (block == 0) record?.Invoke(name, result);
        return result;
    }

    private T Convolution<T>(
        IImageEngine<T> engine, T x, string block, string part, int outputs, int kernel, int stride = 1, int dilation = 1, int groups = 1)
        where T : class
    {
        var padding = kernel / 2 * dilation;
        var (name, norm) = Norms.NamesOf(block, part);
        return Norms.Run(engine, engine.Conv2D(x, name, outputs, kernel, stride, padding, dilation, groups, bias: false), norm);
    }
}

/// <summary>What comes before the stages: a 7 × 7 convolution and a pool, each halving the size.</summary>
/// <param name="Name">What the parameters' names start with, such as "backbone.stem".</param>
/// <param name="Outputs">Channels that go out.</param>
internal sealed record ResNetStem(string Name, int Outputs)
{
    /// <summary>Whether the pool is Caffe's, without padding but with a last window that reaches beyond; else PyTorch's, padded by one.</summary>
    public bool CaffePool { get; init; } = true;

    /// <summary>How the convolution is normalised.</summary>
    public ResNetNorms Norms { get; init; } = ResNetNorms.Usual;

    /// <param name="engine">The engine.</param>
    /// <param name="images">[images, 3, height, width].</param>
    /// <param name="record">Receives what goes into the activation under "NAME.conv1".</param>
    public T Run<T>(IImageEngine<T> engine, T images, Recorder<T>? record = null)
        where T : class
    {
        var (name, norm) = Norms.NamesOf(Name, "conv1");
        var x = Norms.Run(engine, engine.Conv2D(images, name, Outputs, 7, stride: 2, padding: 3, bias: false), norm);
        record?.Invoke(name, x);
        x = engine.Activate(x, Activation.Relu);
        return CaffePool ? engine.MaxPool(x, 3, 2, ceiling: true) : engine.MaxPool(x, 3, 2, padding: 1);
    }
}

/// <summary>How a residual network's convolutions are normalised, by statistics that are stored, and what it is all called.</summary>
/// <param name="Normalizes">Whether they are.</param>
/// <param name="Learns">Whether factors and shifts learn; statistics never do.</param>
/// <param name="AsTorchvision">Whether names are torchvision's, not detectron2's.</param>
internal sealed record ResNetNorms(bool Normalizes = true, bool Learns = true, bool AsTorchvision = false)
{
    /// <summary>Detectron2's.</summary>
    public static ResNetNorms Usual { get; } = new();

    /// <summary>The names of a convolution and of its normalisation.</summary>
    /// <param name="block">What both start with.</param>
    /// <param name="part">"conv1", "conv2", "conv3" or "shortcut".</param>
    public (string Convolution, string Norm) NamesOf(string block, string part) =>
        !AsTorchvision ? ($"{block}.{part}", $"{block}.{part}.norm")
        : part == "shortcut" ? ($"{block}.downsample.0", $"{block}.downsample.1")
        : ($"{block}.{part}", $"{block}.bn{part[^1]}");

    /// <summary>The normalisation of a name; checkpoints also count batches there.</summary>
    public T Run<T>(IImageEngine<T> engine, T x, string name)
        where T : class
    {
        if (!Normalizes) return x;
        using var mark = Learns ? null : engine.Mark(ParameterMarks.Kept);
        var result = engine.BatchNorm(x, name);
        engine.Unused(name + ".num_batches_tracked");
        return result;
    }
}
