using MLNet.VisionLanguage.Columns;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Columns;

public class TextCutTests
{
    [Theory]
    [InlineData("111111", "000000", 4, "0125")]
    [InlineData("111100", "000000", 4, "0123")]
    [InlineData("111110", "000000", 4, "0124")]
    [InlineData("11111111", "00000111", 6, "012457")]
    [InlineData("11111111", "00000111", 5, "01457")]
    [InlineData("11111111", "00011111", 6, "012347")]
    [InlineData("111", "000", 1, "0")]
    [InlineData("1111", "1111", 2, "01")]
    public void Special_tokens_stay_and_texts_lose_their_ends(string mask, string segments, int most, string places) =>
        Assert.Equal(places, string.Concat(TextCut.Places(Digits(mask), Digits(segments), most)));

    private static long[] Digits(string digits) => [.. digits.Select(digit => (long)(digit - '0'))];
}
