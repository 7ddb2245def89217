namespace MLNet.VisionLanguage.Engine;

/// <summary>How <see cref="IImageEngine{T}.Resize"/> fills the pixels of the new size; the names and places are PyTorch's.</summary>
internal enum Interpolation
{
    /// <summary>The pixel at floor(place · old / new) ("nearest").</summary>
    Nearest,

    /// <summary>Between the four pixels around (place + ½) · old / new - ½, held at the border ("bilinear", align_corners false).</summary>
    Bilinear,

    /// <summary>Between the four pixels around place · (old - 1) / (new - 1), so that corners stay corners (align_corners true).</summary>
    BilinearCorners,
}

/// <summary>
/// The operations of networks that see pixels, beside those of <see cref="IEngine{T}"/>; text models never ask for them. Images are float
/// tensors [rows, channels, height, width]. Kernels are square. No axis but the rows' may be empty where an operation computes from
/// neighbours (convolution, pooling, resizing). A window that is larger than the padded image is refused; a pool of ONNX Runtime gives no
/// pixels instead. Parameter names and layouts are PyTorch's; meanings are torch.nn.functional's.
/// </summary>
/// <typeparam name="T">A value of the engine.</typeparam>
internal interface IImageEngine<T> : IEngine<T>
    where T : class
{
    /// <summary>
    /// Convolution with NAME.weight [outputs, channels / groups, kernel, kernel] and, with <paramref name="bias"/>, NAME.bias [outputs].
    /// </summary>
    /// <param name="x">[rows, channels, height, width].</param>
    /// <param name="name">Name of the parameters without ".weight" and ".bias".</param>
    /// <param name="outputs">Channels of the result.</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">Pixels from one window to the next.</param>
    /// <param name="padding">Zeros on every side.</param>
    /// <param name="dilation">Pixels from one entry of the window to the next.</param>
    /// <param name="groups">Parts of the channels that are convolved each for itself.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <returns>[rows, outputs, h, w], h = floor((height + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, w likewise.</returns>
    /// <exception cref="ArgumentException">The parameters have another shape, or (Torch) the window does not fit into the image.</exception>
    T Conv2D(
        T x, string name, int outputs, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool bias = true);

    /// <summary>
    /// Convolution whose windows read each entry at a place of its own, between four pixels, and weigh what they read (Zhu et al. 2019,
    /// "Deformable ConvNets v2"): entry (i, j) of the window of (row, column) reads (row · stride - padding + i + dy, column · stride -
    /// padding + j + dx). Beyond the image there are zeros. Parameters are those of <see cref="Conv2D"/>.
    /// </summary>
    /// <param name="x">[rows, channels, height, width].</param>
    /// <param name="offsets">[rows, 2 kernel², h, w], h and w those of the result: dy and dx of each entry, entry after entry, row by row.</param>
    /// <param name="masks">[rows, kernel², h, w]: what each entry's pixel is multiplied by.</param>
    /// <param name="name">Name of the parameters without ".weight" and ".bias".</param>
    /// <param name="outputs">Channels of the result.</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">Pixels from one window to the next.</param>
    /// <param name="padding">Zeros on every side.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <returns>[rows, outputs, h, w].</returns>
    T DeformConv2D(T x, T offsets, T masks, string name, int outputs, int kernel, int stride = 1, int padding = 0, bool bias = true);

    /// <summary>
    /// Normalisation of each row's channels in groups (Wu and He 2018): every group to mean 0 and variance 1 over its channels and pixels,
    /// then each channel times NAME.weight plus NAME.bias [channels].
    /// </summary>
    T GroupNorm(T x, string name, int groups, float epsilon = 1e-5f, bool decayed = false);

    /// <summary>
    /// Batch normalisation by the stored statistics, an affine map of each channel: (x - running_mean) / √(running_var + epsilon) · weight
    /// + bias, with NAME.weight, NAME.bias, NAME.running_mean and NAME.running_var [channels]. The statistics are never updated.
    /// </summary>
    T BatchNorm(T x, string name, float epsilon = 1e-5f);

    /// <summary>The largest of each window. Padding counts as nothing and is at most half the kernel.</summary>
    /// <param name="x">[rows, channels, height, width].</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">Pixels from one window to the next.</param>
    /// <param name="padding">Pixels on every side.</param>
    /// <param name="ceiling">A last window that begins inside the image (or its left padding) but reaches beyond it counts too.</param>
    T MaxPool(T x, int kernel, int stride, int padding = 0, bool ceiling = false);

    /// <summary>The mean of each window. Padding counts as zeros (PyTorch's count_include_pad) and is at most half the kernel.</summary>
    T AveragePool(T x, int kernel, int stride, int padding = 0);

    /// <summary>The mean of each channel, [rows, channels, 1, 1].</summary>
    T GlobalAveragePool(T x);

    /// <summary>The image at another size, [rows, channels, height, width].</summary>
    T Resize(T x, int height, int width, Interpolation interpolation);

    /// <summary>The image at the size of another, as a feature pyramid adds its levels.</summary>
    T ResizeLike(T x, T other, Interpolation interpolation);

    /// <summary>
    /// The first numbers of each row as maps of the size of another image, whatever they were before; [rows, channels, height, width].
    /// </summary>
    /// <param name="x">[rows, ...], of at least so many numbers a row.</param>
    /// <param name="channels">How many maps.</param>
    /// <param name="other">[rows, any, height, width].</param>
    T TakeMaps(T x, int channels, T other);

    /// <summary>The numbers of a tensor, in their order, in the shape of another that has as many.</summary>
    T ReshapeLike(T x, T other);

    /// <summary>
    /// Lengthens axes by a constant. Amounts come in PyTorch's order, two an axis from the last axis on: before and after the last, before
    /// and after the last but one, and so on; axes without amounts stay. Any type and any number of axes.
    /// </summary>
    /// <exception cref="ArgumentException">An odd number of amounts, or a negative one.</exception>
    T Pad(T x, float value, params int[] amounts);

    /// <summary>
    /// Zeroes squares of an image's places, in all channels, while training, and scales the others up so that as much is left on average; nothing
    /// otherwise (Ghiasi et al. 2018, "DropBlock").
    /// </summary>
    /// <param name="x">[rows, channels, height, width].</param>
    /// <param name="probability">About the share of places that are zeroed.</param>
    /// <param name="size">Places along a square's side, an odd number.</param>
    T DropBlocks(T x, double probability, int size);

    /// <summary>Zeros at the end of an axis, up to the next multiple of <paramref name="multiple"/>.</summary>
    T PadToMultiple(T x, int axis, int multiple);

    /// <summary>
    /// Moves entries along axes, those that leave at one end come in at the other: the entry at i goes to (i + shift) modulo the length.
    /// Shifts may be negative and larger than the axis. Any type and any number of axes.
    /// </summary>
    T Roll(T x, params (int Axis, int Shift)[] shifts);

    /// <summary>Entries of the first axis by number, as from a table of relative positions: [shape of rows, rest of table].</summary>
    /// <param name="table">[count, ...].</param>
    /// <param name="rows">Int64, from -count (the first) to count - 1.</param>
    T Gather(T table, T rows);

    /// <summary>An axis of length n becomes two, [n / inner, inner]; windows are cut so.</summary>
    /// <param name="x">Any tensor.</param>
    /// <param name="axis">The axis; negative counts from the end of <paramref name="x"/>.</param>
    /// <param name="inner">Divides the length of the axis.</param>
    T SplitAxis(T x, int axis, int inner);

    /// <summary>An axis and the next become one.</summary>
    /// <param name="x">Any tensor.</param>
    /// <param name="axis">The first of the two; negative counts from the end, so -2 merges the last two.</param>
    T MergeAxes(T x, int axis);
}
