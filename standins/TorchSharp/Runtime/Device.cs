using System.Globalization;

namespace TorchSharp;

public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
    MKLDNN = 2,
    OPENGL = 3,
    OPENCL = 4,
    IDEEP = 5,
    HIP = 6,
    FPGA = 7,
    MSNPU = 8,
    XLA = 9,
    MPS = 13,
    META = 14
}

public static partial class torch
{
    private static Device? _defaultDevice;

    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);

    /// <summary>Touching it where no CUDA is to be had is an error, as with the real library.</summary>
    public static Device CUDA => Known(new Device(DeviceType.CUDA));

    public static Device device(string description) => Known(new Device(description));
    public static Device device(string deviceType, int index = -1) => Known(new Device(deviceType, index));
    public static Device device(DeviceType deviceType, int index = -1) => Known(new Device(deviceType, index));
    public static Device device(int index) => new(DeviceType.CUDA, index);

    public static Device get_default_device() => _defaultDevice ?? CPU;
    public static void set_default_device(Device device) => _defaultDevice = device;

    private static Device Known(Device device) => device.type != DeviceType.CUDA || cuda.is_available()
        ? device
        : throw new InvalidOperationException("Torch device type CUDA did not initialise on the current machine.");

    public class Device
    {
        public DeviceType type { get; private set; }
        public int index { get; private set; }

        public Device(string description)
        {
            var parts = description.Split(':');
            if (parts.Length > 2) throw new ArgumentException($"'{description}' is not a device: expected a type or type:index.");
            type = Parse(parts[0]);
            index = parts.Length == 1 ? -1 : int.Parse(parts[1], CultureInfo.InvariantCulture);
        }

        public Device(string deviceType, int index = -1) : this(Parse(deviceType), index) { }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        public Device(int index) : this(DeviceType.CUDA, index) { }

        public static implicit operator Device(string description) => new(description);

        public override string ToString() =>
            type.ToString().ToLowerInvariant() + (index >= 0 ? ":" + index.ToString(CultureInfo.InvariantCulture) : "");

        private static DeviceType Parse(string name) => name.ToLowerInvariant() switch
        {
            "cpu" => DeviceType.CPU,
            "cuda" => DeviceType.CUDA,
            "meta" => DeviceType.META,
            "mps" => DeviceType.MPS,
            _ => throw new ArgumentException($"'{name}' is not a device type: expected cpu, cuda, mps or meta.")
        };
    }
}
