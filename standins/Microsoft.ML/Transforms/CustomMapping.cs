using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: ModelLoader(CustomMappingLoader.Signature, typeof(CustomMappingLoader))]

namespace Microsoft.ML
{
    public static partial class CustomMappingCatalog
    {
        public static CustomMappingEstimator<TSrc, TDst> CustomMapping<TSrc, TDst>(
            this TransformsCatalog catalog,
            Action<TSrc, TDst> mapAction,
            string contractName,
            SchemaDefinition inputSchemaDefinition = null,
            SchemaDefinition outputSchemaDefinition = null)
            where TSrc : class, new()
            where TDst : class, new() =>
            new(catalog.GetEnvironment(), mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition);
    }
}

namespace Microsoft.ML.Transforms
{
    public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
        where TSrc : class, new()
        where TDst : class, new()
    {
        internal CustomMappingEstimator(
            IHostEnvironment env, Action<TSrc, TDst> mapAction, string contractName, SchemaDefinition input, SchemaDefinition output)
            : base(
                env.Register(nameof(CustomMappingEstimator<TSrc, TDst>)),
                new CustomMappingTransformer<TSrc, TDst>(env, mapAction, contractName, input, output))
        {
        }

        public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            ArgumentNullException.ThrowIfNull(inputSchema);
            var result = inputSchema.ToDictionary(c => c.Name);
            foreach (var wanted in Transformer.InputColumns)
            {
                if (!result.TryGetValue(wanted.Name, out var found))
                    throw SchemaErrors.MissingColumn(nameof(inputSchema), "input", wanted.Name);
                SchemaShape.GetColumnTypeShape(wanted.Type, out var kind, out var itemType, out var isKey);

                // A variable vector takes fixed ones too.
                bool fits = kind == SchemaShape.Column.VectorKind.VariableVector
                    ? found.Kind != SchemaShape.Column.VectorKind.Scalar
                    : found.Kind == kind;

                // Item types are compared as objects: two equal types of one's own differ.
                if (!fits || itemType != found.ItemType || isKey != found.IsKey)
                {
                    throw SchemaErrors.WrongType(
                        nameof(inputSchema), "input", wanted.Name, wanted.Type.ToString(), found.GetTypeString());
                }
            }

            foreach (var added in SchemaShape.Create(Transformer.Added.Schema))
                result[added.Name] = added;
            return new SchemaShape(result.Values);
        }
    }

    public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
        where TSrc : class, new()
        where TDst : class, new()
    {
        private readonly Action<TSrc, TDst> _mapAction;
        private readonly string _contractName;
        private readonly SchemaDefinition _inputDefinition;

        internal CustomMappingTransformer(
            IHostEnvironment env,
            Action<TSrc, TDst> mapAction,
            string contractName,
            SchemaDefinition input = null,
            SchemaDefinition output = null)
        {
            ArgumentNullException.ThrowIfNull(env);
            ArgumentNullException.ThrowIfNull(mapAction);
            _mapAction = mapAction;
            _contractName = contractName;
            _inputDefinition = input;
            Added = ObjectColumns<TDst>.Create(output ?? SchemaDefinition.Create(typeof(TDst), SchemaDefinition.Direction.Write));
        }

        bool ITransformer.IsRowToRowMapper => true;

        internal ObjectColumns<TDst> Added { get; }

        /// <summary>The columns that the source class asks for.</summary>
        internal IReadOnlyList<DataViewSchema.DetachedColumn> InputColumns =>
            ObjectColumns<TSrc>.Create(_inputDefinition ?? SchemaDefinition.Create(typeof(TSrc), SchemaDefinition.Direction.Write)).Columns;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
        {
            ArgumentNullException.ThrowIfNull(inputSchema);
            return new AddedColumns(inputSchema, MakeRowMapper(inputSchema).GetOutputColumns()).Output;
        }

        public IDataView Transform(IDataView input)
        {
            ArgumentNullException.ThrowIfNull(input);
            return new RowMappedView(input, MakeRowMapper(input.Schema));
        }

        IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
        {
            ArgumentNullException.ThrowIfNull(inputSchema);
            return new RowMappedView(new SchemaOnlyView(inputSchema), MakeRowMapper(inputSchema));
        }

        void ICanSaveModel.Save(ModelSaveContext ctx)
        {
            if (_contractName == null)
                throw new InvalidOperationException("Empty contract name for a transform: the transform cannot be saved");
            CustomMappingLoader.Save(ctx, _contractName, _mapAction.Method.DeclaringType.Assembly.FullName);
        }

        private Mapper MakeRowMapper(DataViewSchema input) =>
            new(this, RowReader<TSrc>.Bind(input, ignoreMissingColumns: false, _inputDefinition));

        private sealed class Mapper(CustomMappingTransformer<TSrc, TDst> parent, RowReader<TSrc> reader) : IRowMapper
        {
            public DataViewSchema.DetachedColumn[] GetOutputColumns()
            {
                parent.Added.CheckTypes();
                return [.. parent.Added.Columns];
            }

            public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
            {
                if (!Enumerable.Range(0, parent.Added.Columns.Count).Any(activeOutput))
                    return _ => false;
                var needed = reader.Columns.Select(c => c.Index).ToHashSet();
                return needed.Contains;
            }

            public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
            {
                disposer = null;
                var active = Enumerable.Range(0, parent.Added.Columns.Count).Select(activeOutput).ToArray();
                var getters = new Delegate[active.Length];
                if (!active.Contains(true))
                    return getters;

                var read = reader.Open(input);
                var src = new TSrc();
                var dst = new TDst();
                long served = -1;
                TDst Current()
                {
                    // The mapping runs once a row, whichever of its columns is asked first.
                    if (served != input.Position)
                    {
                        read(src);
                        parent._mapAction(src, dst);
                        served = input.Position;
                    }

                    return dst;
                }

                for (int i = 0; i < getters.Length; i++)
                {
                    if (active[i])
                        getters[i] = parent.Added.CreateGetter(i, Current);
                }

                return getters;
            }
        }
    }

    internal static class CustomMappingLoader
    {
        public const string Signature = "CustomTransformer";

        public static void Save(ModelSaveContext ctx, string contractName, string assemblyName)
        {
            ctx.SetVersionInfo("CUSTOMXF", Signature, typeof(CustomMappingLoader).Assembly);
            ctx.SaveString(contractName);
            ctx.SaveString(assemblyName);
        }

        private static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
        {
            var contractName = ctx.LoadString();
            env.ComponentCatalog.RegisterAssembly(System.Reflection.Assembly.Load(ctx.LoadString()));
            var found = env.ComponentCatalog.GetExtensionValue(typeof(CustomMappingFactoryAttributeAttribute), contractName);
            return found is ICustomMappingFactory factory
                ? factory.CreateTransformer(env, contractName)
                : throw new InvalidOperationException(
                    $"The class with contract '{contractName}' must derive from '{typeof(CustomMappingFactory<,>).FullName}'.");
        }
    }
}
