using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        private const int CommonRank = 8;

        public long[] shape
        {
            get
            {
                var buffer = stackalloc long[CommonRank];
                var rank = Native.vl_sizes(Handle, buffer, CommonRank);
                var sizes = new ReadOnlySpan<long>(buffer, (int)Math.Min(rank, CommonRank)).ToArray();
                if (rank > CommonRank)
                {
                    sizes = new long[rank];
                    fixed (long* p = sizes) Native.vl_sizes(Handle, p, rank);
                }
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long[] size() => shape;

        public long size(int dim)
        {
            var sizes = shape;
            var at = dim < 0 ? dim + sizes.Length : dim;
            return at >= 0 && at < sizes.Length
                ? sizes[at]
                : throw new System.Runtime.InteropServices.ExternalException(
                    $"Dimension out of range (expected to be in range of [{-sizes.Length}, {sizes.Length - 1}], but got {dim})");
        }

        public long[] stride()
        {
            var strides = new long[ndim];
            fixed (long* p = strides) Native.vl_strides(Handle, p, strides.Length);
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[dim < 0 ? dim + (int)ndim : dim];

        public long storage_offset() => Alive(Native.vl_storage_offset(Handle));
        public long Dimensions => Alive(Native.vl_ndim(Handle));
        public long dim() => Dimensions;
        public long ndim => Dimensions;
        public long NumberOfElements => Alive(Native.vl_numel(Handle));
        public long numel() => NumberOfElements;
        public long ElementSize => Alive(Native.vl_element_size(Handle));
        public long element_size() => ElementSize;
        public ScalarType dtype => (ScalarType)Alive(Native.vl_dtype(Handle));
        public DeviceType device_type => (DeviceType)Alive(Native.vl_device_type(Handle));
        public int device_index => (int)Alive(Native.vl_device_index(Handle));
        public Device device => device_type == DeviceType.CPU ? CPU : new Device(device_type, device_index);
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_meta => device_type == DeviceType.META;
        public bool is_leaf => Alive(Native.vl_is_leaf(Handle)) != 0;
        public bool is_contiguous() => Alive(Native.vl_is_contiguous(Handle)) != 0;
        public bool is_integral() => torch.is_integral(dtype);
        public bool is_floating_point() => torch.is_floating_point(dtype);
        public bool is_complex() => torch.is_complex(dtype);

        public bool requires_grad
        {
            get => Alive(Native.vl_requires_grad(Handle)) != 0;
            set
            {
                Native.Check(Native.vl_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true) => with_requires_grad(requires_grad);

        public Tensor with_requires_grad(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public void retain_grad()
        {
            Native.Check(Native.vl_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        /// <summary>Every read makes a new wrapper over the same gradient.</summary>
        public Tensor? grad
        {
            get
            {
                var gradient = Native.vl_grad(Handle);
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                Native.Check(Native.vl_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public void backward() => autograd.backward([this]);

        // The argument of a getter may die as soon as its handle was read; this keeps it until the answer is there.
        private long Alive(long answer)
        {
            GC.KeepAlive(this);
            return answer;
        }
    }
}
