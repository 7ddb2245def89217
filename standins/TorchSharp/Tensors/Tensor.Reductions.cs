using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Op SumOp = new("sum"), SumDimOp = new("sum", "dim_IntList"), MeanOp = new("mean"),
            MeanDimOp = new("mean", "dim"), VarDimOp = new("var", "dim"), StdOp = new("std"),
            StdDimOp = new("std", "dim"), ProdOp = new("prod"), ProdDimOp = new("prod", "dim_int"), MaxOp = new("max"),
            MaxDimOp = new("max", "dim"), MinOp = new("min"), MinDimOp = new("min", "dim"), AmaxOp = new("amax"), AminOp = new("amin"),
            ArgmaxOp = new("argmax"), ArgminOp = new("argmin"), ArgsortOp = new("argsort"), SortOp = new("sort", "stable"),
            TopkOp = new("topk"), CumsumOp = new("cumsum"), NormOp = new("norm", "Scalar"), NormDimOp = new("norm", "ScalarOpt_dim"),
            LogsumexpOp = new("logsumexp"), AnyOp = new("any"), AnyDimOp = new("any", "dim"), AllOp = new("all"),
            AllDimOp = new("all", "dim"), BincountOp = new("bincount");

        public Tensor sum(ScalarType? type = null) => SumOp.Call(this, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => SumDimOp.Call(this, dim, keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => SumDimOp.Call(this, dim, keepdim, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => SumDimOp.Call(this, new[] { dim }, keepdim, type);
        public Tensor mean() => MeanOp.Call(this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            MeanDimOp.Call(this, dimensions, keepdim, type);
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            As(VarDimOp.Call(this, new[] { dim }, unbiased, keepdim), type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            As(VarDimOp.Call(this, dimensions, unbiased, keepdim), type);

        public Tensor std(bool unbiased = true) => StdOp.Call(this, unbiased);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            As(StdDimOp.Call(this, new[] { dim }, unbiased, keepdim), type);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            As(StdDimOp.Call(this, dimensions, unbiased, keepdim), type);

        public Tensor prod(ScalarType? type = null) => ProdOp.Call(this, type);
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => ProdDimOp.Call(this, dim, keepdim, type);
        public Tensor max() => MaxOp.Call(this);
        public Tensor max(Tensor other) => maximum(other);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => MaxDimOp.Call2(this, dim, keepdim);
        public Tensor min() => MinOp.Call(this);
        public Tensor min(Tensor other) => minimum(other);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => MinDimOp.Call2(this, dim, keepdim);
        public Tensor amax(params long[] dims) => AmaxOp.Call(this, dims);
        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            Into(AmaxOp.Call(this, dims, keepdim), @out);
        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            Into(AminOp.Call(this, dims, keepdim), @out);
        public Tensor amin(params long[] dims) => AminOp.Call(this, dims);
        public Tensor argmax() => ArgmaxOp.Call(this);
        public Tensor argmax(long dim, bool keepdim = false) => ArgmaxOp.Call(this, dim, keepdim);
        public Tensor argmin() => ArgminOp.Call(this);
        public Tensor argmin(long dim, bool keepdim = false) => ArgminOp.Call(this, dim, keepdim);
        public Tensor argsort(long dim = -1, bool descending = false) => ArgsortOp.Call(this, dim, descending);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            SortOp.Call2(this, stable, dim, descending);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            TopkOp.Call2(this, k, dim, largest, sorted);

        public Tensor cumsum(long dim, ScalarType? type = null) => CumsumOp.Call(this, dim, type);

        /// <summary>The norm of all elements. <c>norm(2)</c> with an int is the other overload: the norm along dimension 2.</summary>
        public Tensor norm(float p = 2.0f) => NormOp.Call(this, p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) => NormDimOp.Call(this, p, new long[] { dim }, keepdim);
        public Tensor logsumexp(long dim, bool keepdim = false) => LogsumexpOp.Call(this, new[] { dim }, keepdim);
        public Tensor any() => AnyOp.Call(this);
        public Tensor any(long dim, bool keepdim = false) => AnyDimOp.Call(this, dim, keepdim);
        public Tensor all() => AllOp.Call(this);
        public Tensor all(long dim, bool keepdim = false) => AllDimOp.Call(this, dim, keepdim);
        public Tensor bincount(Tensor? weights, long minlength = 0) => BincountOp.Call(this, weights, minlength);

        private static Tensor Into(Tensor result, Tensor? target) => target is null ? result : target.copy_(result);

        private static Tensor As(Tensor result, ScalarType? type) => type.HasValue ? result.to_type(type.Value) : result;
    }
}
