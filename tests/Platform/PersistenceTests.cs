using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>What a third party may rely on when ML.NET saves and loads its transformers.</summary>
public sealed class PersistenceTests
{
    private const string Vocabulary = "what\ncolor\nis\nthe\ndog";

    private static readonly Question[] _questions =
        [new() { Text = "what color" }, new() { Text = "is the dog" }, new() { Text = "the cat" }];

    private static readonly long[][] _ids = [[0, 1], [2, 3, 4], [3, -1]];

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Save_delegated_to_a_chain_loads_as_built_ins()
    {
        var bytes = Save(new DelegatingTransformer(Fit()), out var schema);
        var loaded = Load(new MLContext(), bytes, out var loadedSchema);

        Assert.IsType<TransformerChain<ITransformer>>(loaded);
        Assert.Equal(schema.Select(c => (c.Name, c.Type)), loadedSchema.Select(c => (c.Name, c.Type)));
        Assert.Equal(_ids, IdsOf(loaded));
        var engine = _ml.Model.CreatePredictionEngine<Question, QuestionIds>(loaded);
        Assert.Equal(_ids, _questions.Select(q => engine.Predict(q).Ids));
    }

    [Fact]
    public void Delegated_save_works_inside_a_bigger_pipeline()
    {
        var pipeline = _ml.Transforms.CopyColumns("Before", "Text")
            .Append(new DelegatingEstimator(VocabularyModel.Build(_ml, Vocabulary)))
            .Append(_ml.Transforms.CopyColumns("After", "Ids"));
        var loaded = Load(new MLContext(), Save(pipeline.Fit(View()), out _), out _);

        var output = loaded.Transform(View());
        Assert.Equal(["Text", "Before", "Ids", "After"], output.Schema.Where(c => !c.IsHidden).Select(c => c.Name));
        Assert.Equal(_ids, output.GetColumn<long[]>("After"));
    }

    [Fact]
    public void Loaded_model_saves_again()
    {
        var once = Load(_ml, Save(Fit(), out _), out _);
        Assert.Equal(_ids, IdsOf(Load(_ml, Save(once, out _), out _)));
    }

    [Fact]
    public void Empty_save_body_is_refused()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Save(new SilentTransformer(), out _));
        Assert.Contains("ModelSignature not specified!", error.Message);
        Assert.Throws<InvalidOperationException>(() => Save(Fit().Append(new SilentTransformer()), out _));
    }

    [Fact]
    public void The_zip_holds_an_entry_for_each_transformer_of_the_chain()
    {
        using var zip = new ZipArchive(new MemoryStream(Save(Fit().Append(new DelegatingTransformer(Fit())), out _)));
        var names = zip.Entries.Select(e => e.FullName).ToHashSet();

        Assert.Contains("Schema", names);
        Assert.Contains("TransformerChain/Model.key", names);
        Assert.Contains("TransformerChain/Transform_000/Model.key", names);
        Assert.Contains("TransformerChain/Transform_001/Transform_002/Model.key", names);
    }

    [Fact]
    public void Extra_entries_are_ignored_and_lost_on_saving_again()
    {
        var stream = new MemoryStream();
        stream.Write(Save(Fit(), out _));
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        using (var writer = new StreamWriter(zip.CreateEntry("VisionLanguage/settings.json").Open()))
            writer.Write("{}");

        var loaded = Load(new MLContext(), stream.ToArray(), out _);
        Assert.Equal(_ids, IdsOf(loaded));
        using var again = new ZipArchive(new MemoryStream(Save(loaded, out _)));
        Assert.DoesNotContain(again.Entries, e => e.FullName.StartsWith("VisionLanguage", StringComparison.Ordinal));
    }

    [Fact]
    public void The_file_records_the_mappings_assembly_with_its_version()
    {
        using var zip = new ZipArchive(new MemoryStream(Save(Fit(), out _)));
        using var entry = zip.GetEntry("TransformerChain/Transform_002/Model.key")!.Open();
        var key = new MemoryStream();
        entry.CopyTo(key);

        Assert.True(Holds(key, typeof(LookupFactory).Assembly.FullName!));
        Assert.True(Holds(key, LookupFactory.Contract));
        Assert.Equal(new Version(1, 0, 0, 0), typeof(LookupFactory).Assembly.GetName().Version);
    }

    [Fact]
    public void A_text_with_a_lone_surrogate_does_not_survive()
    {
        var view = _ml.Data.LoadFromEnumerable([new ConstantKey { contract_key = 1 }]);
        var model = _ml.Transforms.Conversion.MapValue("Text", [KeyValuePair.Create(1, "a\ud800b")], nameof(ConstantKey.contract_key)).Fit(view);
        Assert.Equal("a\ud800b", model.Transform(view).GetColumn<string>("Text").Single());

        var stream = new MemoryStream();
        _ml.Model.Save(model, view.Schema, stream);
        Assert.NotEqual("a\ud800b", Load(_ml, stream.ToArray(), out _).Transform(view).GetColumn<string>("Text").Single());
    }

    [Fact]
    public void A_model_may_be_saved_without_a_schema()
    {
        var stream = new MemoryStream();
        _ml.Model.Save(Fit(), null, stream);
        Assert.Equal(_ids, IdsOf(Load(_ml, stream.ToArray(), out var schema)));
        Assert.Null(schema);
    }

    [Fact]
    public void A_chain_tells_which_of_its_transformers_belong_to_a_scope()
    {
        var everywhere = _ml.Transforms.CopyColumns("A", "Text").Fit(View());
        var training = _ml.Transforms.CopyColumns("B", "Text").Fit(View());
        var chain = new TransformerChain<ITransformer>(
            new ITransformer[] { everywhere, training }, [TransformerScope.Everything, TransformerScope.Training]);

        Assert.Equal([everywhere, training], chain.GetModelFor(TransformerScope.Training));
        Assert.Equal([everywhere], chain.GetModelFor(TransformerScope.Scoring));
    }

    [Fact]
    public void Mapping_without_a_contract_cannot_be_saved()
    {
        var model = _ml.Transforms.CustomMapping<Nothing, ConstantKey>(ConstantKeyFactory.Map, null).Fit(View());
        var error = Assert.Throws<InvalidOperationException>(() => Save(model, out _));
        Assert.Contains("cannot be saved", error.Message);
    }

    [Fact]
    public void Mapping_without_a_factory_saves_but_does_not_load()
    {
        const string Unknown = "no factory has this contract";
        var model = _ml.Transforms.CustomMapping<Nothing, ConstantKey>(ConstantKeyFactory.Map, Unknown).Fit(View());
        var bytes = Save(model, out _);

        Exception? error = Assert.ThrowsAny<Exception>(() => Load(new MLContext(), bytes, out _));
        while (error?.InnerException != null)
            error = error.InnerException;
        Assert.Contains(Unknown, error!.Message);
    }

    [Fact]
    public void What_is_no_zip_is_a_format_error()
    {
        var bytes = Save(Fit(), out _);
        Assert.Throws<FormatException>(() => Load(_ml, bytes[..(bytes.Length / 2)], out _));
        Assert.Throws<FormatException>(() => Load(_ml, "no model at all"u8.ToArray(), out _));
    }

    [Fact]
    public void Output_definition_of_a_mapping_is_not_saved()
    {
        var definition = SchemaDefinition.Create(typeof(LookupTarget), SchemaDefinition.Direction.Write);
        definition["contract_ids"].ColumnType = new VectorDataViewType(NumberDataViewType.Int64, 2);
        var model = _ml.Transforms.CopyColumns("contract_vocabulary", "Text")
            .Append(_ml.Transforms.CustomMapping<LookupSource, LookupTarget>(
                LookupFactory.Map, LookupFactory.Contract, outputSchemaDefinition: definition))
            .Fit(View());

        Assert.Equal(2, ((VectorDataViewType)model.GetOutputSchema(View().Schema)["contract_ids"].Type).Size);
        var loaded = Load(_ml, Save(model, out _), out _);
        Assert.Equal(0, ((VectorDataViewType)loaded.GetOutputSchema(View().Schema)["contract_ids"].Type).Size);
    }

    [Fact]
    public void State_is_the_same_text_object_on_every_row()
    {
        // A vocabulary of its own: tests that run beside this one leave their texts in the same set.
        var vocabulary = string.Join('\n', Enumerable.Range(0, 20000).Select(i => $"same{i}"));
        var rows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 50).Select(i => new Question { Text = $"same{i} same{2 * i}" }));
        var fitted = VocabularyModel.Build(_ml, vocabulary).Fit(rows);
        Assert.Equal([3L, 6L], fitted.Transform(rows).GetColumn<long[]>("Ids").ElementAt(3));
        Assert.Single(LookupFactory.SeenObjects.Keys, v => v == vocabulary);

        var loaded = Load(new MLContext(), Save(fitted, out _), out _);
        Assert.Equal([49L, 98L], loaded.Transform(rows).GetColumn<long[]>("Ids").Last());
        Assert.Equal(2, LookupFactory.SeenObjects.Keys.Count(v => v == vocabulary));
    }

    [Fact]
    public void Loaded_chain_can_be_walked_and_given_own_transformers_again()
    {
        var loaded = Load(new MLContext(), Save(new DelegatingTransformer(Fit()), out _), out var schema);
        var chain = Assert.IsType<TransformerChain<ITransformer>>(loaded).ToList();
        int lookup = chain.FindIndex(t => t is CustomMappingTransformer<LookupSource, LookupTarget>);
        Assert.Equal(2, lookup);

        // The state is read back by running what stands before the mapping on any one row.
        var prefix = new TransformerChain<ITransformer>([.. chain.Take(lookup)]);
        var row = _ml.Data.LoadFromEnumerable([new Question()]);
        Assert.Equal(Vocabulary, prefix.Transform(row).GetColumn<string>("contract_vocabulary").Single());

        var rehydrated = new DelegatingTransformer(loaded);
        Assert.Equal(_ids, IdsOf(rehydrated));
        var stream = new MemoryStream();
        _ml.Model.Save(rehydrated, schema, stream);
        Assert.Equal(_ids, IdsOf(Load(_ml, stream.ToArray(), out _)));
    }

    private static bool Holds(MemoryStream bytes, string text) =>
        bytes.ToArray().AsSpan().IndexOf(System.Text.Encoding.Unicode.GetBytes(text)) >= 0;

    private IDataView View() => _ml.Data.LoadFromEnumerable(_questions);

    private ITransformer Fit() => VocabularyModel.Build(_ml, Vocabulary).Fit(View());

    private IEnumerable<long[]> IdsOf(ITransformer model) => model.Transform(View()).GetColumn<long[]>("Ids").ToArray();

    private byte[] Save(ITransformer model, out DataViewSchema schema)
    {
        schema = View().Schema;
        var stream = new MemoryStream();
        _ml.Model.Save(model, schema, stream);
        return stream.ToArray();
    }

    private static ITransformer Load(MLContext ml, byte[] bytes, out DataViewSchema schema) =>
        ml.Model.Load(new MemoryStream(bytes), out schema);
}
