namespace MLNet.VisionLanguage.Onnx;

// Operators over boxes.
internal sealed partial class GraphBuilder
{
    /// <summary>Boxes that stay when those go that overlap with a better one; Int64 [kept, 3]: batch, class, box, best first in a class.</summary>
    /// <param name="boxes">[batch, boxes, 4], two corners each.</param>
    /// <param name="scores">[batch, classes, boxes].</param>
    /// <param name="threshold">What overlaps by more goes.</param>
    /// <param name="least">Boxes whose score is not above this are left out; null leaves out none.</param>
    public GraphValue NonMaxSuppression(GraphValue boxes, GraphValue scores, float threshold, float? least = null) => Node(
        "NonMaxSuppression",
        OnnxType.Int64,
        [boxes, scores, Constant(values: [int.MaxValue]), Constant([threshold], 1), .. least is { } limit ? [Constant([limit], 1)] : Array.Empty<GraphValue>()],
        Attribute("center_point_box", 0));

    /// <summary>The largest value in each cell of a square grid over each box.</summary>
    /// <param name="value">[images, channels, height, width].</param>
    /// <param name="boxes">[boxes, 5]: image, x1, y1, x2, y2, floats.</param>
    /// <param name="size">Cells along a side.</param>
    /// <param name="scale">From the boxes' pixels to the map's.</param>
    public GraphValue MaxRoiPool(GraphValue value, GraphValue boxes, long size, float scale) => Node(
        "MaxRoiPool", value.Type, [value, boxes], Attribute("pooled_shape", [size, size]), Attribute("spatial_scale", scale));

    /// <summary>Means of places between pixels in each cell of a square grid over each box.</summary>
    /// <param name="value">[images, channels, height, width].</param>
    /// <param name="boxes">[boxes, 4].</param>
    /// <param name="images">[boxes], Int64.</param>
    /// <param name="size">Cells along a side.</param>
    /// <param name="scale">From the boxes' pixels to the map's.</param>
    /// <param name="samples">Places along a side of a cell.</param>
    /// <param name="aligned">Whether pixels are half a pixel further.</param>
    public GraphValue RoiAlign(
        GraphValue value, GraphValue boxes, GraphValue images, long size, float scale, long samples, bool aligned) => Node(
        "RoiAlign",
        value.Type,
        [value, boxes, Expect(images, OnnxType.Int64)],
        Attribute("mode", "avg"),
        Attribute("output_height", size),
        Attribute("output_width", size),
        Attribute("spatial_scale", scale),
        Attribute("sampling_ratio", samples),
        Attribute("coordinate_transformation_mode", aligned ? "half_pixel" : "output_half_pixel"));

    /// <summary>Coordinates of the elements that are not 0, Int64 [axes, count].</summary>
    public GraphValue NonZero(GraphValue value) => Node("NonZero", OnnxType.Int64, [value]);

    /// <summary>A copy of a list in which each place has the largest of what was there and the updates for it.</summary>
    public GraphValue ScatterMax(GraphValue value, GraphValue places, GraphValue updates) => Node(
        "ScatterElements", value.Type, [value, places, updates], Attribute("axis", 0), Attribute("reduction", "max"));
}
