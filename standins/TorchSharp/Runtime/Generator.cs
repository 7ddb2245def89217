using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers on the CPU.</summary>
    public class Generator : IDisposable
    {
        public IntPtr Handle { get; private set; }
        public Device device { get; private set; } = CPU;

        internal Generator(nint handle) => Handle = handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            if (device is not null && device.type != DeviceType.CPU)
                throw new ArgumentException($"A generator lives on the CPU, not on {device}.", nameof(device));
            Handle = Native.vl_generator_new(seed);
        }

        public static Generator Default => new(Native.vl_generator_default());

        public Tensor get_state() => new(Native.Check(Native.vl_generator_state(Handle)));

        public void set_state(Tensor value)
        {
            Native.Check(Native.vl_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(value);
        }

        public Generator manual_seed(long seed)
        {
            Native.vl_generator_seed(Handle, seed);
            return this;
        }

        public long seed()
        {
            var seed = DateTime.UtcNow.Ticks;
            Native.vl_generator_seed(Handle, seed);
            return seed;
        }

        public long initial_seed() => Native.vl_generator_initial_seed(Handle);

        protected virtual void Dispose(bool disposing)
        {
            var handle = Handle;
            Handle = 0;
            if (handle != 0) Native.vl_generator_free(handle);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        ~Generator() => Dispose(false);
    }

    public static partial class random
    {
        public static long seed() => Generator.Default.seed();
        public static long initial_seed() => Generator.Default.initial_seed();

        /// <summary>Seeds the CPU's default generator only: CUDA needs <see cref="cuda.manual_seed_all"/> as well.</summary>
        public static Generator manual_seed(long seed) => Generator.Default.manual_seed(seed);

        public static Tensor get_rng_state() => Generator.Default.get_state();
        public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);
    }

    public static long seed() => random.seed();
    public static long initial_seed() => random.initial_seed();
    public static Generator manual_seed(long seed) => random.manual_seed(seed);
    public static Tensor get_rng_state() => random.get_rng_state();
    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);
}
