using MLNet.VisionLanguage.Engine;
using TorchSharp.Modules;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>One parameter with its own learning rate and weight decay, and the optimiser's memory of it.</summary>
internal sealed class ParameterGroup(string name, Parameter parameter, double learningRate, double weightDecay) : IDisposable
{
    public string Name { get; } = name;

    public Parameter Parameter { get; } = parameter;

    /// <summary>The rate before the schedule's factor.</summary>
    public double LearningRate { get; } = learningRate;

    public double WeightDecay { get; } = weightDecay;

    /// <summary>Updates this parameter has had.</summary>
    public long Step { get; set; }

    /// <summary>Running mean of the gradient; null until the first one.</summary>
    public TorchSharp.torch.Tensor? Mean { get; set; }

    /// <summary>Running mean of the squared gradient.</summary>
    public TorchSharp.torch.Tensor? Square { get; set; }

    /// <summary>
    /// One group a parameter that can change, as train_tasks.py has them: heads with a rate of their own, and no decay for what the
    /// reference spares.
    /// </summary>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="rate">The trunk's learning rate.</param>
    /// <param name="headRate">The heads'.</param>
    /// <param name="weightDecay">The decay of what is decayed.</param>
    public static IEnumerable<ParameterGroup> Of(ModelParameters parameters, double rate, double headRate, double weightDecay) =>
        parameters.Specs.Where(spec => !spec.IsFixed).Select(spec => new ParameterGroup(
            spec.Name, parameters[spec.Name], spec.HasHeadRate ? headRate : rate, spec.IsDecayed ? weightDecay : 0));

    public void Dispose()
    {
        Mean?.Dispose();
        Square?.Dispose();
    }
}
