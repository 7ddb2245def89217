using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage;

/// <summary>Validation rows of their own inside a pipeline.</summary>
public static class ValidatedTraining
{
    /// <summary>
    /// Ends a pipeline with a trainer that validates after every epoch: <c>Fit</c> fits the steps before to the training rows alone, takes
    /// both views through them and trains with both.
    /// </summary>
    /// <param name="start">The steps before the trainer.</param>
    /// <param name="trainer">The trainer.</param>
    /// <param name="validation">
    /// The validation rows as the pipeline is given rows, so with the columns that its first step reads. They should be about other images
    /// than the training rows.
    /// </param>
    /// <returns>An estimator like any other; what it makes is saved, loaded and disposed as a chain of the steps and the model.</returns>
    public static IEstimator<TransformerChain<TTransformer>> Append<TTransformer>(
        this IEstimator<ITransformer> start, TaskTrainer<TTransformer> trainer, IDataView validation)
        where TTransformer : TaskTransformer
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(validation);
        return new Estimator<TTransformer>(start, trainer, validation);
    }

    private sealed class Estimator<TTransformer>(
        IEstimator<ITransformer> start, TaskTrainer<TTransformer> trainer, IDataView validation) : IEstimator<TransformerChain<TTransformer>>
        where TTransformer : TaskTransformer
    {
        public TransformerChain<TTransformer> Fit(IDataView input)
        {
            ArgumentNullException.ThrowIfNull(input);
            var before = start.Fit(input);
            try
            {
                return new(before, trainer.Fit(before.Transform(input), before.Transform(validation)));
            }
            catch
            {
                (before as IDisposable)?.Dispose();
                throw;
            }
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => trainer.GetOutputSchema(start.GetOutputSchema(inputSchema));
    }
}
