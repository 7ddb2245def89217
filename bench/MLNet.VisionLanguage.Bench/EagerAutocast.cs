using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Bench;

/// <summary>libtorch's own bfloat16 autocast on this thread, as PyTorch's torch.autocast switches it; TorchSharp has no API for it.</summary>
internal sealed unsafe class EagerAutocast : IDisposable
{
    private static readonly delegate* unmanaged<sbyte, byte, void> SetEnabled =
        (delegate* unmanaged<sbyte, byte, void>)Find("_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb");

    private static readonly delegate* unmanaged<sbyte, sbyte, void> SetType =
        (delegate* unmanaged<sbyte, sbyte, void>)Find("_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE");

    private static readonly delegate* unmanaged<void> ClearCache = (delegate* unmanaged<void>)Find("_ZN2at8autocast11clear_cacheEv");

    private readonly sbyte _device;

    public EagerAutocast(DeviceType device)
    {
        _device = (sbyte)device;
        SetType(_device, (sbyte)ScalarType.BFloat16);
        SetEnabled(_device, 1);
    }

    /// <summary>Whether this libtorch has the switches under these names.</summary>
    public static bool IsThere => SetEnabled is not null && SetType is not null && ClearCache is not null;

    public void Dispose()
    {
        ClearCache();
        SetEnabled(_device, 0);
    }

    private static nint Find(string name)
    {
        get_num_threads();
        return NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out var library)
            && NativeLibrary.TryGetExport(library, name, out var address) ? address : 0;
    }
}
