using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>Finds the classes that assemblies offer under a contract name.</summary>
public sealed class ComponentCatalog
{
    private readonly object _lock = new();
    private readonly HashSet<string> _registered = [];
    private readonly Dictionary<(Type Attribute, string Contract), Type> _extensions = [];

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        lock (_lock)
        {
            if (!_registered.Add(assembly.FullName))
                return;
            foreach (var type in assembly.GetTypes().Where(t => t.IsClass))
            {
                foreach (var attribute in type.GetCustomAttributes<ExtensionBaseAttribute>())
                {
                    var key = (attribute.GetType(), attribute.ContractName);
                    if (!_extensions.TryAdd(key, type) && throwOnError)
                    {
                        throw new InvalidOperationException(
                            $"An extension for '{key.Item1.Name}' with contract '{key.ContractName}' "
                            + "has already been registered in the ComponentCatalog.");
                    }
                }
            }
        }
    }

    internal object GetExtensionValue(Type attributeType, string contractName)
    {
        Type type;
        lock (_lock)
        {
            if (!_extensions.TryGetValue((attributeType, contractName), out type))
            {
                throw new InvalidOperationException(
                    $"Unable to locate an extension for the contract '{contractName}'. Ensure you have called "
                    + "ComponentCatalog.RegisterAssembly with the Assembly that contains a class decorated with a "
                    + $"'{attributeType.FullName}'.");
            }
        }

        return Activator.CreateInstance(type);
    }
}
