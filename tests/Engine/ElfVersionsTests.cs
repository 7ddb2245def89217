using MLNet.VisionLanguage.Engine;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Engine;

public sealed class ElfVersionsTests
{
    private const string Version = "GLIBCXX_3.4.32";

    private static byte[] Needing => ElfImage.Make(
        [("GLIBC_2.34", 0), ("GLIBC_2.35", 0)],
        [("GLIBCXX_3.4.3", 0), (Version, 0), ("GLIBCXX_3.4.321", 0), ("CXXABI_1.3", 4)]);

    [Fact]
    public void A_needed_version_becomes_weak_and_nothing_else_changes()
    {
        var image = Needing;
        Assert.True(ElfVersions.Weaken(image, Version));
        Assert.Equal(
            ElfImage.Make(
                [("GLIBC_2.34", 0), ("GLIBC_2.35", 0)],
                [("GLIBCXX_3.4.3", 0), (Version, ElfImage.WeakFlag), ("GLIBCXX_3.4.321", 0), ("CXXABI_1.3", 4)]),
            image);
    }

    [Fact]
    public void Every_library_that_the_version_is_needed_of_is_marked()
    {
        var image = ElfImage.Make([(Version, 0)], [(Version, ElfImage.WeakFlag)], [("GLIBC_2.34", 0), (Version, 1)]);
        Assert.True(ElfVersions.Weaken(image, Version));
        Assert.Equal(
            ElfImage.Make([(Version, ElfImage.WeakFlag)], [(Version, ElfImage.WeakFlag)], [("GLIBC_2.34", 0), (Version, 3)]),
            image);
    }

    [Fact]
    public void A_file_that_does_not_need_the_version_stays() =>
        AssertStays(ElfImage.Make([("GLIBC_2.34", 0)], [("GLIBCXX_3.4.3", 0), ("GLIBCXX_3.4.321", 0)]));

    [Fact]
    public void A_weak_need_stays() => AssertStays(ElfImage.Make([("GLIBC_2.34", 0)], [(Version, ElfImage.WeakFlag)]));

    [Fact]
    public void A_file_without_needs_stays() => AssertStays(ElfImage.Make());

    [Theory]
    [InlineData(4, 1)] // 32-bit
    [InlineData(5, 2)] // big-endian
    [InlineData(0, 'M')] // not ELF
    public void A_file_of_another_kind_stays(int at, int value)
    {
        var image = Needing;
        image[at] = (byte)value;
        AssertStays(image);
    }

    [Fact]
    public void A_file_cut_anywhere_stays()
    {
        var image = Needing;
        for (var length = 0; length < image.Length; length++) AssertStays(image[..length]);
    }

    /// <summary>Whatever one byte becomes, the answer is no exception, and false leaves the image as it was.</summary>
    [Fact]
    public void A_damaged_file_is_marked_or_stays()
    {
        var image = Needing;
        var marked = 0;
        for (var at = 0; at < image.Length; at++)
        {
            foreach (byte value in (byte[])[0x00, 0x01, 0x7f, 0x80, 0xff])
            {
                var damaged = image.ToArray();
                damaged[at] = value;
                var before = damaged.ToArray();
                if (ElfVersions.Weaken(damaged, Version))
                    marked++;
                else
                    Assert.Equal(before, damaged);
            }
        }

        Assert.InRange(marked, 1, (5 * image.Length) - 1);
    }

    /// <summary>A list whose next entry is itself, as long as it says it has 65,535.</summary>
    [Fact]
    public void A_list_that_runs_in_circles_stays()
    {
        var image = ElfImage.Make([(Version, 0), (Version, 0)]);
        var needs = image.Length - (3 * 64) - (3 * 16);
        image.AsSpan(needs + 2, 2).Fill(0xff);
        image.AsSpan(needs + 16 + 12, 4).Clear();
        AssertStays(image);
    }

    private static void AssertStays(byte[] image)
    {
        var before = image.ToArray();
        Assert.False(ElfVersions.Weaken(image, Version));
        Assert.Equal(before, image);
    }
}
