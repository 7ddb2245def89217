namespace Microsoft.ML.Tokenizers;

public abstract class Normalizer
{
    public abstract string Normalize(string original);
    public abstract string Normalize(ReadOnlySpan<char> original);
}

public sealed class LowerCaseNormalizer : Normalizer
{
    public static LowerCaseNormalizer Instance { get; } = new();

    public override string Normalize(string original) => original.ToLowerInvariant();
    public override string Normalize(ReadOnlySpan<char> original) => original.ToString().ToLowerInvariant();
}
