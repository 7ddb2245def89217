using System.Reflection;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Architecture;

/// <summary>
/// Beside each method that takes an Options class stands one with named arguments; both have the same defaults, which are written twice
/// because C# wants constants in signatures.
/// </summary>
public class NamedArgumentTests
{
    private static readonly Type[] Catalogs =
        [typeof(TextTransformsCatalog), typeof(RegionTransformsCatalog), typeof(DetectionTransformsCatalog), typeof(VisionLanguageCatalog), typeof(TrainersCatalog)];

    public static TheoryData<string> Names => [.. WithOptions().Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Named_arguments_have_the_options_defaults(string name)
    {
        var method = WithOptions().First(method => $"{method.DeclaringType!.Name}.{method.Name}" == name);
        var options = Activator.CreateInstance(OptionsOf(method)!)!;
        var named = method.DeclaringType!.GetMethods().Single(other => other.Name == method.Name && OptionsOf(other) is null);
        var defaults = named.GetParameters().Where(parameter => parameter.HasDefaultValue)
            .Select(parameter => (Parameter: parameter, Option: options.GetType().GetProperty(NameOf(parameter))))
            .Where(pair => pair.Option is not null).ToList();

        Assert.NotEmpty(defaults);
        Assert.All(defaults, pair => Assert.Equal(pair.Option!.GetValue(options), Value(pair.Parameter)));
    }

    [Fact]
    public void The_methods_are_found() => Assert.True(Names.Count >= 5, string.Join(", ", Names));

    private static IEnumerable<MethodInfo> WithOptions() =>
        Catalogs.SelectMany(catalog => catalog.GetMethods()).Where(method => OptionsOf(method) is not null);

    private static Type? OptionsOf(MethodInfo method) =>
        method.GetParameters().Select(parameter => parameter.ParameterType).FirstOrDefault(type => type.Name.EndsWith("Options", StringComparison.Ordinal));

    private static string NameOf(ParameterInfo parameter) => char.ToUpperInvariant(parameter.Name![0]) + parameter.Name[1..];

    /// <summary>Reflection gives an enum's default as its number.</summary>
    private static object? Value(ParameterInfo parameter) =>
        parameter.ParameterType.IsEnum ? Enum.ToObject(parameter.ParameterType, parameter.DefaultValue!) : parameter.DefaultValue;
}
