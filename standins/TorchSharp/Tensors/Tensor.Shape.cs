using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Op ViewOp = new("view"), ReshapeOp = new("reshape"), FlattenOp = new("flatten", "using_ints"),
            UnflattenOp = new("unflatten", "int"), PermuteOp = new("permute"), TransposeOp = new("transpose", "int"), TOp = new("t"),
            SqueezeOp = new("squeeze"), SqueezeDimOp = new("squeeze", "dim"), UnsqueezeOp = new("unsqueeze"), ExpandOp = new("expand"),
            RepeatOp = new("repeat"), RepeatInterleaveOp = new("repeat_interleave", "self_int"), BroadcastToOp = new("broadcast_to"),
            MovedimOp = new("movedim", "intlist"), FlipOp = new("flip"), RollOp = new("roll"), TrilOp = new("tril"),
            TriuOp = new("triu"), SplitOp = new("split", "Tensor"), SplitSizesOp = new("split_with_sizes"), ChunkOp = new("chunk"),
            UnbindOp = new("unbind", "int"), DiagonalOp = new("diagonal");

        public Tensor view(params long[] shape) => ViewOp.Call(this, shape);
        public Tensor view_as(Tensor other) => view(other.shape);
        public Tensor reshape(params long[] shape) => ReshapeOp.Call(this, shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => FlattenOp.Call(this, start_dim, end_dim);
        public Tensor unflatten(long dim, params long[] sizes) => UnflattenOp.Call(this, dim, sizes);
        public Tensor permute(params long[] permutation) => PermuteOp.Call(this, permutation);
        public Tensor transpose(long dim0, long dim1) => TransposeOp.Call(this, dim0, dim1);
        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor t() => TOp.Call(this);
        public Tensor squeeze(long? dim = null) => dim.HasValue ? SqueezeDimOp.Call(this, dim.Value) : SqueezeOp.Call(this);
        public Tensor unsqueeze(long dim) => UnsqueezeOp.Call(this, dim);
        public Tensor expand(params long[] sizes) => ExpandOp.Call(this, sizes);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => ExpandOp.Call(this, sizes, isImplicit);
        public Tensor expand_as(Tensor other) => expand(other.shape);
        public Tensor repeat(params long[] sizes) => RepeatOp.Call(this, sizes);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            RepeatInterleaveOp.Call(this, repeats, dim, output_size);

        public Tensor broadcast_to(params long[] shape) => BroadcastToOp.Call(this, shape);
        public Tensor movedim(long[] source, long[] destination) => MovedimOp.Call(this, source, destination);
        public Tensor flip(params long[] dims) => FlipOp.Call(this, dims);
        public Tensor roll(long shifts, long? dims = null) => roll([shifts], dims.HasValue ? [dims.Value] : []);
        public Tensor roll(long[] shifts, long[] dims) => RollOp.Call(this, shifts, dims);
        public Tensor tril(long diagonal = 0) => TrilOp.Call(this, diagonal);
        public Tensor triu(long diagonal = 0) => TriuOp.Call(this, diagonal);
        public Tensor diagonal(long offset, long dim1, long dim2) => DiagonalOp.Call(this, offset, dim1, dim2);

        public Tensor[] split(long size, int dim = 0) => SplitOp.CallList(PartsOf(dim), this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => SplitSizesOp.CallList(sizes.Length, this, sizes, dim);
        public Tensor[] chunk(long chunks, long dim = 0L) => ChunkOp.CallList((int)chunks, this, chunks, dim);
        public Tensor[] unbind(long dimension = 0L) => UnbindOp.CallList(PartsOf((int)dimension), this, dimension);

        private int PartsOf(int dim) => (int)Math.Min(Math.Max(size(dim), 1), int.MaxValue);
    }
}
