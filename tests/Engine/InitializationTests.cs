using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Engine;

[Collection(TorchCollection.Name)]
public sealed class InitializationTests
{
    private const double Range = 0.02;

    /// <summary>The largest of many uniform draws is close to the bound and never above it.</summary>
    [Theory]
    [InlineData("bert.v_embeddings.image_location_embeddings.weight", 6.0 / 5)]
    [InlineData("bert.v_embeddings.image_embeddings.weight", 6.0 / (96 + 64))]
    [InlineData("bert.embeddings.word_embeddings.weight", 6.0 / (2 * 96))]
    [InlineData("bert.embeddings.token_type_embeddings.weight", 6.0 / (2 * 96))]
    [InlineData("bert.encoder.layer.0.intermediate.dense.weight", 6.0 / (96 + 192))]
    [InlineData("vil_prediction.logit_fc.3.weight", 6.0 / (192 + 20))]
    public void Xavier_draws_by_role(string name, double squaredBound)
    {
        using var parameters = Draw(ViLbertConfig.Tiny with { RegionFeatureSize = 64 }, WeightInitialization.Xavier);
        var largest = parameters.Read(name).Max(Math.Abs);
        Assert.InRange(largest, 0.96 * Math.Sqrt(squaredBound), Math.Sqrt(squaredBound) + 1e-6);
    }

    [Theory]
    [InlineData(WeightInitialization.Normal)]
    [InlineData(WeightInitialization.Xavier)]
    public void Vectors_start_where_the_model_says(WeightInitialization method)
    {
        using var parameters = Draw(
            VlBertConfig.Tiny with { TextVisualScale = 0, ObjectVisualScale = 0.5, MaskTokenId = 4, VocabularySize = 20 }, method);
        Assert.All(parameters.Read("vlbert.visual_ln_text.weight"), value => Assert.Equal(0, value));
        Assert.All(parameters.Read("vlbert.visual_ln_object.weight"), value => Assert.Equal(0.5f, value));
        Assert.All(parameters.Read("vlbert.embedding_LayerNorm.weight"), value => Assert.Equal(1, value));
        Assert.All(parameters.Read("vlbert.embedding_LayerNorm.bias"), value => Assert.Equal(0, value));
        Assert.Contains(parameters.Read("vlbert.end_embedding.weight"), value => value != 0);
    }

    [Fact]
    public void Normal_draws_all_matrices_alike()
    {
        using var parameters = Draw(LxmertConfig.Tiny, WeightInitialization.Normal);
        foreach (var spec in parameters.Specs.Where(spec => spec.Shape.Count == 2 && spec.Count > 2000))
        {
            var values = parameters.Read(spec.Name);
            Assert.InRange(Math.Sqrt(values.Average(value => (double)value * value)), 0.9 * Range, 1.1 * Range);
        }
    }

    [Fact]
    public void Fixed_parameters_have_no_gradient_and_no_group()
    {
        using var parameters = Draw(ViLbertConfig.Tiny with { FixedTextLayers = 1 }, WeightInitialization.Normal);
        Assert.False(parameters["bert.embeddings.word_embeddings.weight"].requires_grad);
        Assert.True(parameters["bert.encoder.layer.1.output.dense.weight"].requires_grad);
        var groups = ParameterGroups.Of(parameters, new VisualQuestionAnsweringOptions { LearningRate = 1, HeadLearningRate = 2, WeightDecay = 0.01 })
            .ToDictionary(group => group.Name);
        Assert.DoesNotContain("bert.embeddings.word_embeddings.weight", groups.Keys);
        Assert.Equal((1, 0.01), Of("bert.encoder.layer.1.output.dense.weight"));
        Assert.Equal((1, 0), Of("bert.encoder.layer.1.output.LayerNorm.weight"));
        Assert.Equal((1, 0.01), Of("bert.encoder.c_layer.0.biOutput.LayerNorm1.weight"));
        Assert.Equal((2, 0.01), Of("vil_prediction.logit_fc.2.weight"));
        Assert.Equal((2, 0), Of("vil_prediction.logit_fc.3.bias"));

        (double Rate, double Decay) Of(string name) => (groups[name].LearningRate, groups[name].WeightDecay);
    }

    private static ModelParameters Draw(VisionLanguageModel model, WeightInitialization method)
    {
        model = model with { VocabularySize = 500 };
        var parameters = new ModelParameters(new TaskNetwork(model, model.FindAnswerClassifier(AnswerHead.Vqa), 20).Parameters(), CPU);
        parameters.Initialize(method, Range, 1);
        return parameters;
    }
}
