using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

public sealed class OnnxScoringEstimator : TrivialEstimator<OnnxTransformer>
{
    internal OnnxScoringEstimator(IHostEnvironment env, OnnxTransformer transformer)
        : base(env.Register(nameof(OnnxTransformer)), transformer)
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var name in Transformer.Inputs)
        {
            if (!inputSchema.TryFindColumn(name, out var column))
                throw SchemaErrors.MissingColumn(nameof(inputSchema), "input", name);
            var node = Transformer.Model.Inputs.Find(x => x.Name == name)
                ?? throw new InvalidOperationException($"Column {name} doesn't match input node names of model.");
            var expected = ((VectorDataViewType)node.Type).ItemType;
            if (!column.ItemType.Equals(expected))
                throw SchemaErrors.WrongType(nameof(inputSchema), "input", name, expected.ToString(), column.ItemType.ToString());
        }

        var result = inputSchema.ToDictionary(x => x.Name);
        for (var i = 0; i < Transformer.Outputs.Length; i++)
        {
            var type = Transformer.OutputTypes[i];
            result[Transformer.Outputs[i]] = new SchemaShape.Column(
                Transformer.Outputs[i],
                type is VectorDataViewType { IsKnownSize: true }
                    ? SchemaShape.Column.VectorKind.Vector
                    : SchemaShape.Column.VectorKind.VariableVector,
                OnnxTypes.ItemType(type),
                false);
        }
        return new SchemaShape(result.Values);
    }
}
