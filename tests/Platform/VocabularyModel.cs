using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Transforms;

namespace MLNet.VisionLanguage.Tests.Platform;

public sealed class Question
{
    public string Text { get; set; } = string.Empty;
}

public sealed class QuestionIds
{
    public long[] Ids { get; set; } = [];
}

public sealed class Nothing
{
}

public sealed class ConstantKey
{
    public int contract_key { get; set; }
}

public sealed class LookupSource
{
    public string Text { get; set; } = string.Empty;

    public string contract_vocabulary { get; set; } = string.Empty;
}

public sealed class LookupTarget
{
    public long[] contract_ids { get; set; } = [];
}

[CustomMappingFactoryAttribute(Contract)]
public sealed class ConstantKeyFactory : CustomMappingFactory<Nothing, ConstantKey>
{
    public const string Contract = "MLNet.VisionLanguage.Tests.ConstantKey";

    public static void Map(Nothing source, ConstantKey target) => target.contract_key = 1;

    public override Action<Nothing, ConstantKey> GetMapping() => Map;
}

[CustomMappingFactoryAttribute(Contract)]
public sealed class LookupFactory : CustomMappingFactory<LookupSource, LookupTarget>
{
    public const string Contract = "MLNet.VisionLanguage.Tests.Lookup";

    /// <summary>Every text object that carried the marked vocabulary, told apart by reference.</summary>
    public static ConcurrentDictionary<string, int> SeenObjects { get; } = new(new ByReference());

    public static void Map(LookupSource source, LookupTarget target)
    {
        SeenObjects.AddOrUpdate(source.contract_vocabulary, 1, (_, count) => count + 1);
        var words = source.contract_vocabulary.Split('\n');
        target.contract_ids = source.Text.Split(' ').Select(word => (long)Array.IndexOf(words, word)).ToArray();
    }

    public override Action<LookupSource, LookupTarget> GetMapping() => Map;

    private sealed class ByReference : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => ReferenceEquals(x, y);

        public int GetHashCode(string text) => RuntimeHelpers.GetHashCode(text);
    }
}

/// <summary>A chain of built-ins that carries a text (a vocabulary, say) and uses it: what a tokenizer of ours saves as.</summary>
internal static class VocabularyModel
{
    public static IEstimator<ITransformer> Build(MLContext ml, string vocabulary) =>
        ml.Transforms.CustomMapping<Nothing, ConstantKey>(ConstantKeyFactory.Map, ConstantKeyFactory.Contract)
            .Append(ml.Transforms.Conversion.MapValue(
                "contract_vocabulary", [KeyValuePair.Create(1, vocabulary)], "contract_key"))
            .Append(ml.Transforms.CustomMapping<LookupSource, LookupTarget>(LookupFactory.Map, LookupFactory.Contract))
            .Append(ml.Transforms.CopyColumns("Ids", "contract_ids"))
            .Append(ml.Transforms.DropColumns("contract_key", "contract_vocabulary", "contract_ids"));
}
