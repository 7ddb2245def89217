namespace MLNet.VisionLanguage.Datasets;

/// <summary>An image as COCO's files list it.</summary>
/// <param name="File">"file_name".</param>
/// <param name="Width">Pixels; 0 when the file does not tell.</param>
/// <param name="Height">Pixels; 0 when the file does not tell.</param>
internal sealed record CocoImage(string File, float Width, float Height)
{
    /// <summary>The list "images" of a file, by "id".</summary>
    public static Dictionary<Identifier, CocoImage> Read(string path)
    {
        var images = new Dictionary<Identifier, CocoImage>();
        JsonRowReader.Read(path, "images", "image", row =>
        {
            float width = row.TryGet("width", out _) ? row.Number("width") : 0, height = row.TryGet("height", out _) ? row.Number("height") : 0;
            if (!images.TryAdd(row.Identifier("id"), new CocoImage(row.Text("file_name"), width, height)))
                throw row.Error($"image {row.Identifier("id")} stands there twice");
        });
        return images;
    }
}
