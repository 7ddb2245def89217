namespace MLNet.VisionLanguage.Regions;

/// <summary>One of the rows that an image has.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Read">Decodes it, or throws what is wrong with it.</param>
internal readonly record struct RegionVariant(string Place, Func<ImageRegions> Read);

/// <summary>Decides between the rows of an image that is in its files more than once, as restarted writers and overlapping parts leave it.</summary>
internal static class RegionVariants
{
    /// <summary>The regions: of rows with the same content one, of damaged and whole ones the whole one.</summary>
    /// <exception cref="InvalidDataException">No row is whole, or two whole ones differ.</exception>
    public static ImageRegions Choose(string imageId, IEnumerable<RegionVariant> variants)
    {
        ImageRegions? whole = null;
        var wholePlace = "";
        InvalidDataException? damage = null;
        foreach (var (place, read) in variants)
        {
            ImageRegions regions;
            try
            {
                regions = read();
            }
            catch (InvalidDataException e)
            {
                damage ??= e;
                continue;
            }

            if (whole is not null && !HaveSameContent(whole, regions))
                throw new InvalidDataException($"{place}: image '{imageId}' has other content here than in {wholePlace}.");
            if (whole is null) (whole, wholePlace) = (regions, place);
        }

        return whole ?? throw damage!;
    }

    private static bool HaveSameContent(ImageRegions one, ImageRegions other) =>
        (one.Width, one.Height) == (other.Width, other.Height)
        && one.Boxes.AsSpan().SequenceEqual(other.Boxes) && one.Features.AsSpan().SequenceEqual(other.Features);
}
