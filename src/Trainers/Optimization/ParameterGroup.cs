using TorchSharp.Modules;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>One parameter with its own learning rate and weight decay, and the optimiser's memory of it.</summary>
internal sealed class ParameterGroup(string name, Parameter parameter, double learningRate, double weightDecay) : IDisposable
{
    public string Name { get; } = name;

    public Parameter Parameter { get; } = parameter;

    /// <summary>How many numbers it has.</summary>
    public long Count { get; } = parameter.numel();

    /// <summary>The rate before the schedule's factor.</summary>
    public double LearningRate { get; } = learningRate;

    public double WeightDecay { get; } = weightDecay;

    /// <summary>Updates this parameter has had.</summary>
    public long Step { get; set; }

    /// <summary>Running mean of the gradient; null until the first one.</summary>
    public TorchSharp.torch.Tensor? Mean { get; set; }

    /// <summary>Running mean of the squared gradient.</summary>
    public TorchSharp.torch.Tensor? Square { get; set; }

    public void Dispose()
    {
        Mean?.Dispose();
        Square?.Dispose();
    }
}
