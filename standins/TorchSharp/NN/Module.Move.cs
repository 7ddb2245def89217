using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking) => Moved(device, dtype, non_blocking);

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                Moved(new Device(deviceType, deviceIndex), null, non_blocking);

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking) => Moved(null, dtype, non_blocking);

            protected void ConditionallyRegisterParameter(string name, Tensor? value)
            {
                if (value is null) _parameters.Remove(name);
                else _parameters[name] = value as Parameter ?? new Parameter(value);
            }

            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is null) _buffers.Remove(name);
                else _buffers[name] = (value, persistent);
            }

            /// <summary>Tells containers, which keep their entries outside of fields, that a move made a new parameter.</summary>
            internal virtual void OnReplaced(string name, Parameter parameter) { }

            // A move that changes something makes new parameters and disposes the old ones; one that changes nothing keeps them.
            private Module Moved(Device? device, ScalarType? dtype, bool non_blocking)
            {
                if (dtype.HasValue && !is_floating_point(dtype.Value) && !is_complex(dtype.Value))
                    throw new ArgumentException(
                        $"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}");
                if (device?.type == DeviceType.CUDA && !cuda.is_available()) throw new InvalidOperationException("CUDA is not available.");
                foreach (var (_, child) in named_children())
                {
                    if (device is null) child._to(dtype!.Value, non_blocking);
                    else if (dtype is null) child._to(device.type, device.index, non_blocking);
                    else child._to(device, dtype.Value, non_blocking);
                }
                var fields = GetType().GetFields(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance)
                    .GroupBy(field => field.ComponentName()).ToDictionary(same => same.Key, same => same.First());
                using var quiet = no_grad();
                foreach (var (name, old) in _parameters.ToList())
                {
                    if (!Changes(old, device, dtype)) continue;
                    var parameter = new Parameter(Converted(old, device, dtype, non_blocking), old.requires_grad);
                    parameter.DetachFromDisposeScope();
                    using (var gradient = old.grad)
                        if (gradient is not null)
                        {
                            using var moved = Converted(gradient, device, dtype, non_blocking);
                            parameter.grad = moved;
                        }
                    old.Dispose();
                    _parameters[name] = parameter;
                    OnReplaced(name, parameter);
                    if (fields.TryGetValue(name, out var field)) field.SetValue(this, parameter);
                }
                foreach (var (name, (old, persistent)) in _buffers.ToList())
                {
                    if (!Changes(old, device, dtype)) continue;
                    var buffer = Converted(old, device, dtype, non_blocking).DetachFromDisposeScope();
                    old.Dispose();
                    _buffers[name] = (buffer, persistent);
                    if (fields.TryGetValue(name, out var field)) field.SetValue(this, buffer);
                }
                return this;
            }

            private static ScalarType Target(Tensor tensor, ScalarType? dtype) =>
                dtype.HasValue && (tensor.is_floating_point() || tensor.is_complex()) ? dtype.Value : tensor.dtype;

            private static bool Changes(Tensor tensor, Device? device, ScalarType? dtype) =>
                Target(tensor, dtype) != tensor.dtype
                || device is not null && (device.type != tensor.device_type || device.index >= 0 && device.index != tensor.device_index);

            private static Tensor Converted(Tensor tensor, Device? device, ScalarType? dtype, bool non_blocking) =>
                tensor.to(Target(tensor, dtype), device ?? tensor.device, non_blocking: non_blocking);
        }
    }
}

public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(type, non_blocking);

    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(device, type, non_blocking);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false)
        where T : torch.nn.Module =>
        (T)module._to(deviceType, deviceIndex, non_blocking);

    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(device.type, device.index, non_blocking);

    public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(new torch.Device(device), non_blocking);

    public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(DeviceType.CPU, -1, non_blocking);

    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(DeviceType.CUDA, deviceIndex, non_blocking);

    public static T half<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(torch.ScalarType.Float16, non_blocking);

    public static T bfloat16<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(torch.ScalarType.BFloat16, non_blocking);

    public static T @float<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(torch.ScalarType.Float32, non_blocking);
    public static T @double<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(torch.ScalarType.Float64, non_blocking);
}
