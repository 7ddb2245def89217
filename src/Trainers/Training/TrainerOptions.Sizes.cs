using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage;

public abstract partial class TrainerOptions
{
    /// <summary>The options with the model in the sizes of the data, when <see cref="SizesFromData"/> asks for that.</summary>
    /// <param name="view">The training rows; one is read.</param>
    /// <exception cref="ArgumentException">The data's sizes make no model.</exception>
    internal TrainerOptions For(IDataView view)
    {
        if (!SizesFromData) return this;
        var model = Model;
        if (model.ImageSide == 0 && RegionWidth(view) is { } width) model = model with { RegionFeatureSize = width };
        if (view.Schema.GetColumnOrNull(InputIdsColumnName + TextEndings[0]) is { } ids && TokenAnnotations.Find(ids) is (var words, var length))
        {
            // Some models need positions for more than the text.
            model = model with { VocabularySize = words, MaxPositions = length + model.MaxPositions - model.MaxTokens };
        }

        var options = (TrainerOptions)MemberwiseClone();
        options.Model = model;
        options.Validate();
        return options;
    }

    /// <summary>
    /// Options for a small model that starts from nothing on a CPU, measured on the rendered scenes: Xavier weights, a rate of 1e-3 for all of
    /// the model with bias correction and clipped gradients, batches of 64, and the sizes of the data (<see cref="SizesFromData"/>). Everything
    /// may be changed afterwards.
    /// </summary>
    /// <param name="model">The model; null takes <see cref="ViLbertConfig.Tiny"/>. Its sizes that the data has are the data's.</param>
    /// <param name="epochs">Passes over the training rows; more for fewer rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is not one epoch.</exception>
    private protected static TOptions Scratch<TOptions>(VisionLanguageModel? model, int epochs)
        where TOptions : TrainerOptions, new()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        return new()
        {
            Model = model ?? ViLbertConfig.Tiny,
            SizesFromData = true,
            Initialization = WeightInitialization.Xavier,
            Epochs = epochs,
            BatchSize = 64,
            LearningRate = 1e-3,
            HeadLearningRate = null,
            CorrectBias = true,
            GradientClipping = 1,
        };
    }

    /// <summary>The same options for another model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sizesFromData">Whether it is yet to take the sizes of the data.</param>
    internal TrainerOptions With(VisionLanguageModel model, bool sizesFromData)
    {
        var options = (TrainerOptions)MemberwiseClone();
        (options.Model, options.SizesFromData) = (model, sizesFromData);
        return options;
    }

    /// <summary>Values of a region in the first row; null without one. Columns of other types are told of by whoever reads the rows.</summary>
    private int? RegionWidth(IDataView view)
    {
        var first = ImageEndings[0];
        if (Vector(RegionFeaturesColumnName + first) is not { } features || Vector(RegionBoxesColumnName + first) is not { } boxes) return null;
        using var cursor = view.GetRowCursor([features, boxes]);
        if (!cursor.MoveNext()) return null;
        VBuffer<float> values = default, corners = default;
        cursor.GetGetter<VBuffer<float>>(features)(ref values);
        cursor.GetGetter<VBuffer<float>>(boxes)(ref corners);
        var regions = corners.Length / BoxCorners;
        return regions > 0 && values.Length >= regions && values.Length % regions == 0 ? values.Length / regions : null;

        DataViewSchema.Column? Vector(string name) =>
            view.Schema.GetColumnOrNull(name) is { Type: VectorDataViewType { ItemType: NumberDataViewType { RawType: var type } } } found
            && type == typeof(float) ? found : null;
    }

    private const int BoxCorners = 4;
}
