namespace MLNet.VisionLanguage.Datasets;

/// <summary>An image as COCO's files list it.</summary>
/// <param name="File">"file_name"; LVIS has the end of "coco_url" in its place.</param>
/// <param name="Width">Pixels; 0 when the file does not tell.</param>
/// <param name="Height">Pixels; 0 when the file does not tell.</param>
internal sealed record CocoImage(string File, float Width, float Height)
{
    /// <summary>The list "images" of a file, by "id".</summary>
    /// <param name="path">The file.</param>
    /// <param name="also">Reads what else it tells of each.</param>
    public static Dictionary<Identifier, CocoImage> Read(string path, Action<JsonRow>? also = null)
    {
        var images = new Dictionary<Identifier, CocoImage>();
        JsonRowReader.Read(path, "images", "image", row =>
        {
            float width = row.TryGet("width", out _) ? row.Number("width") : 0, height = row.TryGet("height", out _) ? row.Number("height") : 0;
            var file = row.TryGet("file_name", out _) || !row.TryGet("coco_url", out _) ? row.Text("file_name") : row.Text("coco_url").Split('/')[^1];
            if (!images.TryAdd(row.Identifier("id"), new CocoImage(file, width, height)))
                throw row.Error($"image {row.Identifier("id")} stands there twice");
            also?.Invoke(row);
        });
        return images;
    }
}
