using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Op IndexOp = new("index", "Tensor"), IndexPutOp = new("index_put_"), SelectOp = new("select", "int"),
            SliceOp = new("slice", "Tensor"), IndexSelectOp = new("index_select"), NarrowOp = new("narrow"), GatherOp = new("gather"),
            ScatterOp = new("scatter", "src"), ScatterInPlaceOp = new("scatter_", "src"), ScatterAddOp = new("scatter_add"),
            ScatterAddInPlaceOp = new("scatter_add_"), IndexAddOp = new("index_add"), IndexAddInPlaceOp = new("index_add_"),
            MaskedSelectOp = new("masked_select"), MaskedFillOp = new("masked_fill", "Scalar"),
            MaskedFillInPlaceOp = new("masked_fill_", "Scalar"), NonzeroOp = new("nonzero"), WhereOp = new("where", "self"),
            TakeAlongDimOp = new("take_along_dim");

        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => index_put_(value, TensorIndex.Single(i1));
        }

        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => index_put_(value, i1, i2);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
            set => index_put_(value, i1, i2, i3);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(i1, i2, i3, i4);
            set => index_put_(value, i1, i2, i3, i4);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var selected = Apply(indices, out var tensors);
            return tensors is null ? ReferenceEquals(selected, this) ? alias() : selected : IndexOp.Call(selected, tensors);
        }

        public Tensor index(params Tensor[] indices) => IndexOp.Call(this, indices);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            var selected = Apply(indices, out var tensors);
            if (tensors is not null) IndexPutOp.Run(selected, tensors, value);
            else selected.copy_(WithoutLeadingOnes(value, selected.ndim));
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices)
        {
            IndexPutOp.Run(this, indices, value);
            return this;
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices) => index_put_((Tensor)value, indices);
        public Tensor index_put_(Scalar value, params Tensor[] indices) => index_put_((Tensor)value, indices);

        public Tensor index_select(long dim, Tensor index) => IndexSelectOp.Call(this, dim, index);
        public Tensor select(long dim, long index) => SelectOp.Call(this, dim, index);
        public Tensor slice(long dim, long start, long finish, long step) => SliceOp.Call(this, dim, start, finish, step);
        public Tensor narrow(long dim, long start, long length) => NarrowOp.Call(this, dim, start, length);
        public Tensor gather(long dim, Tensor index) => GatherOp.Call(this, dim, index);
        public Tensor take_along_dim(Tensor indices, long dim) => TakeAlongDimOp.Call(this, indices, dim);
        public Tensor scatter(long dim, Tensor index, Tensor src) => ScatterOp.Call(this, dim, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => ScatterInPlaceOp.Change(this, this, dim, index, src);
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => ScatterAddOp.Call(this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => ScatterAddInPlaceOp.Change(this, this, dim, index, src);
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => IndexAddOp.Call(this, dim, index, source, alpha);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            IndexAddInPlaceOp.Change(this, this, dim, index, source, alpha);

        public Tensor masked_select(Tensor mask) => MaskedSelectOp.Call(this, mask);
        public Tensor masked_fill(Tensor mask, Scalar value) => MaskedFillOp.Call(this, mask, value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => MaskedFillInPlaceOp.Change(this, this, mask, value);
        public Tensor nonzero() => NonzeroOp.Call(this);

        public Tensor where(Tensor condition, Tensor y)
        {
            if (condition.dtype != ScalarType.Bool) throw new ArgumentException("The condition to 'where' must be a boolean tensor.");
            return WhereOp.Call(condition, this, y);
        }

        // Numbers, slices and new axes become views at once; what is left for the index operator is one tensor a dimension.
        private Tensor Apply(TensorIndex[] indices, out Tensor?[]? tensors)
        {
            tensors = null;
            var result = this;
            var dim = 0;
            foreach (var index in indices)
            {
                switch (index.Is)
                {
                    case TensorIndex.Kind.Single:
                        result = result.select(dim, index.Start!.Value);
                        break;
                    case TensorIndex.Kind.Slice:
                        if (index.Start is > 0 or < 0 || index.Stop.HasValue || index.Step is not (null or 1))
                            result = SliceOp.Call(result, dim, index.Start, index.Stop, index.Step ?? 1);
                        dim++;
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        dim += (int)ndim - indices.Sum(Specifies);
                        break;
                    case TensorIndex.Kind.Tensor when IsNumber(index.Indices!):
                        result = result.select(dim, index.Indices!.ToInt64());
                        break;
                    case TensorIndex.Kind.Tensor:
                        Record(ref tensors, dim++, index.Indices!);
                        break;
                    case TensorIndex.Kind.Bool:
                        result = result.unsqueeze(dim);
                        Record(ref tensors, dim++, torch.tensor(index.Start != 0).reshape(1));
                        break;
                    default:
                        result = result.unsqueeze(dim++);
                        break;
                }
            }
            return result;
        }

        private static bool IsNumber(Tensor index) => index.ndim == 0 && index.dtype != ScalarType.Bool && index.is_integral();

        private static int Specifies(TensorIndex index) => index.Is switch
        {
            TensorIndex.Kind.Single or TensorIndex.Kind.Slice => 1,
            TensorIndex.Kind.Tensor => index.Indices!.dtype == ScalarType.Bool ? (int)index.Indices.ndim : 1,
            _ => 0
        };

        private static void Record(ref Tensor?[]? tensors, int dim, Tensor index)
        {
            Array.Resize(ref tensors, dim + 1);
            tensors[^1] = index;
        }

        private static Tensor WithoutLeadingOnes(Tensor value, long rank)
        {
            while (value.ndim > rank && value.shape[0] == 1) value = value.select(0, 0);
            return value;
        }
    }
}
