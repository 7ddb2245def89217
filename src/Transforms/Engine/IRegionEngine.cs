namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// The operations of networks that find things in images, beside those of <see cref="IImageEngine{T}"/>: choosing among boxes, and cutting
/// boxes out of maps. A box is x1, y1, x2, y2. What chooses (largest, kept, where) has no gradient; what it chooses from keeps its own.
/// Every axis of boxes may be empty.
/// </summary>
/// <typeparam name="T">A value of the engine.</typeparam>
internal interface IRegionEngine<T> : IImageEngine<T>
    where T : class
{
    T Exp(T x);
    T Log(T x);

    /// <summary>The smaller of two, entry by entry.</summary>
    T Minimum(T a, T b);

    /// <summary>The larger of two, entry by entry.</summary>
    T Maximum(T a, T b);

    /// <summary>The largest entry along an axis that is not empty; the axis goes.</summary>
    T MaxAlong(T x, int axis);

    /// <summary>The Int64 place of the largest entry along an axis that is not empty, of equals the first; the axis goes.</summary>
    T ArgMax(T x, int axis);

    /// <summary>The Int64 places of the largest entries of a list, largest first, of equals the first.</summary>
    /// <param name="x">[entries].</param>
    /// <param name="count">How many, an Int64 scalar; more than there are gives all.</param>
    T Largest(T x, T count);

    /// <summary>The Int64 places of a list's entries that are not 0, in their order.</summary>
    T Where(T x);

    /// <summary>[count]: of each place the largest of the values that go there and of 0.</summary>
    /// <param name="values">[n], floats.</param>
    /// <param name="places">[n], Int64 from 0 to count - 1.</param>
    /// <param name="count">An Int64 scalar.</param>
    T GreatestAt(T values, T places, T count);

    /// <summary>
    /// Non-maximum suppression, for each row of scores by itself: the best box stays, those go that overlap with it by more than the
    /// threshold, and so on. Overlap is intersection over union in float32, compared with the threshold as a double; boxes without an area overlap
    /// with none. Of equal scores the first counts as better.
    /// </summary>
    /// <param name="boxes">[boxes, 4].</param>
    /// <param name="scores">[rows, boxes].</param>
    /// <param name="threshold">From 0 to 1; 1 keeps all.</param>
    /// <param name="least">Boxes whose score is not above this are no boxes of the row.</param>
    /// <returns>Int64 [kept, 2], row of scores and place of the box: row after row, the best first.</returns>
    T Suppress(T boxes, T scores, double threshold, float least = float.NegativeInfinity);

    /// <summary>
    /// The largest value in each cell of a grid over each box (Fast R-CNN's pooling; torchvision.ops.roi_pool): corners are rounded to
    /// pixels, half away from zero, both ends belong to the box, and cells may overlap by a pixel. A cell beyond the map is 0. Only the
    /// first largest pixel gets a cell's gradient.
    /// </summary>
    /// <param name="x">The maps, [images, channels, height, width].</param>
    /// <param name="boxes">[boxes, 5]: number of the image, then the box in pixels of the image.</param>
    /// <param name="size">Cells along each side.</param>
    /// <param name="scale">Pixels of the map for one of the image.</param>
    /// <returns>[boxes, channels, size, size].</returns>
    T RoiPool(T x, T boxes, int size, float scale);

    /// <summary>
    /// The mean of values between the pixels at places spread evenly over each cell of a grid over each box (Mask R-CNN's;
    /// torchvision.ops.roi_align). Places more than a pixel beyond the map are 0.
    /// </summary>
    /// <param name="x">The maps, [images, channels, height, width].</param>
    /// <param name="boxes">[boxes, 5]: number of the image, then the box in pixels of the image.</param>
    /// <param name="size">Cells along each side.</param>
    /// <param name="scale">Pixels of the map for one of the image.</param>
    /// <param name="samples">Places along each side of a cell.</param>
    /// <param name="aligned">Whether pixel 0 lies around ½ (torchvision's aligned); else around 0, and a box is at least a pixel large.</param>
    /// <returns>[boxes, channels, size, size].</returns>
    T RoiAlign(T x, T boxes, int size, float scale, int samples, bool aligned);
}
