using TorchSharp.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>The elements; T must be the exact .NET type of the dtype.</summary>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireType(typeof(T));
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            return data<T>()[0];
        }

        /// <summary>The memory of a contiguous CPU tensor.</summary>
        public Span<byte> bytes
        {
            get => Memory(nameof(bytes));
            set
            {
                var memory = Memory(nameof(bytes));
                if (memory.Length != value.Length) throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(memory);
            }
        }

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            stream.Write(Memory(nameof(WriteBytesToStream)));
            GC.KeepAlive(this);
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            stream.ReadExactly(Memory(nameof(ReadBytesFromStream)));
            GC.KeepAlive(this);
        }

        public Scalar ToScalar()
        {
            NativeArg value;
            Native.Check(Native.vl_item(Handle, &value));
            GC.KeepAlive(this);
            return value.Tag == Tag.Double ? new Scalar(value.Double) : new Scalar(value.Int, (ScalarType)value.Length);
        }

        internal nint Pointer
        {
            get
            {
                var pointer = Native.vl_data(Handle);
                GC.KeepAlive(this);
                return pointer;
            }
        }

        private Span<byte> Memory(string member)
        {
            if (!is_contiguous()) throw new InvalidOperationException($"{member} called on non-contiguous tensor.");
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move the tensor to the cpu first.");
            return new Span<byte>((void*)Pointer, checked((int)(NumberOfElements * ElementSize)));
        }

        private void RequireType(Type type)
        {
            var fits = dtype switch
            {
                ScalarType.Byte => type == typeof(byte),
                ScalarType.Int8 => type == typeof(sbyte),
                ScalarType.Int16 => type == typeof(short),
                ScalarType.Int32 => type == typeof(int),
                ScalarType.Int64 => type == typeof(long),
                ScalarType.Float16 => type == typeof(Half),
                ScalarType.Float32 => type == typeof(float),
                ScalarType.Float64 => type == typeof(double),
                ScalarType.Bool => type == typeof(bool),
                _ => false
            };
            if (!fits) throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }
    }
}
