namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>
/// Names of the traits that put a test into the long tier, which <c>./test.sh --long [PART]</c> runs:
/// <c>[Trait(LongTier.Tier, LongTier.Long)] [Trait(LongTier.Part, NAME)]</c>. test.sh finds the parts by these traits.
/// </summary>
internal static class LongTier
{
    public const string Tier = "Tier";
    public const string Long = "Long";
    public const string Part = "Part";
}
