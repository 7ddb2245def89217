using MLNet.VisionLanguage.Engine;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Each in a process of its own: how libtorch comes into a program, and what is said where it does not.</summary>
public sealed class TorchRuntimeTests
{
    private const string TorchSharpFile = "libLibTorchSharp.so";
    private const string Version = "GLIBCXX_3.4.32";

    [SkippableFact]
    public void A_program_may_touch_TorchSharp_first()
    {
        using var program = Copy();
        var (exitCode, lines) = program.Run(TorchProcess.TorchSharpFirst);
        Assert.Equal(["sum 3", $"trained {program.Native(TorchSharpFile)}"], Unlinked(program, lines));
        Assert.Equal(0, exitCode);
    }

    /// <summary>With the file as TorchSharp's package has it: scripts and plug-ins get it so, which build without our targets.</summary>
    [SkippableFact]
    public void A_program_that_touches_this_library_first_loads_the_released_TorchSharp()
    {
        using var program = Copy();
        byte[] built = program.Read(TorchSharpFile), released = [.. built];
        var flags = ElfImage.FlagsOf(built, Version);
        Assert.Equal(ElfImage.WeakFlag, built[flags]);
        released[flags] = 0;
        program.Replace(TorchSharpFile, released);
        Assert.True(ElfVersions.Weaken(released, Version));
        Assert.Equal(built, released);

        var (exitCode, lines) = program.Run(TorchProcess.LibraryFirst);
        var line = Assert.Single(lines);
        var loaded = HasVersion() ? program.Native(TorchSharpFile) : $"/memfd:{TorchSharpFile}";
        Assert.StartsWith($"trained {loaded}", line, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [SkippableTheory]
    [InlineData("libtorch_cpu.so", @"the package libtorch-cpu-linux-x64, version \d+\.\d+\.\d+\.$")]
    [InlineData(TorchSharpFile, @"the package TorchSharp\.$")]
    public void A_missing_library_is_named_with_the_package_that_brings_it(string file, string package)
    {
        using var program = Copy();
        program.Remove(file);
        var line = OneError(program);
        Assert.StartsWith($"error Training needs libtorch, and this program has no {file}: ", line, StringComparison.Ordinal);
        Assert.Matches(package, line);
    }

    [SkippableTheory]
    [InlineData("libtorch_cpu.so")]
    [InlineData(TorchSharpFile)]
    public void A_library_that_does_not_load_is_named_with_the_reason(string file)
    {
        using var program = Copy();
        program.Replace(file, new byte[100]);
        Assert.Equal(
            $"error Training needs libtorch, and '{program.Native(file)}' does not load: {program.Native(file)}: invalid ELF header",
            OneError(program));
    }

    /// <summary>The one line of a program that cannot train; TorchSharp would copy packages to a folder and print its search.</summary>
    private static string OneError(ProgramCopy program)
    {
        var (exitCode, lines) = program.Run(TorchProcess.LibraryFirst);
        Assert.Equal(1, exitCode);
        Assert.Equal(["runtimes"], program.Folders);
        return Assert.Single(lines);
    }

    private static ProgramCopy Copy()
    {
        Skip.If(NativeFiles.LibtorchRuntime() != "linux-x64", "about Linux's libraries");
        return new ProgramCopy();
    }

    /// <summary>A mapped file has the name that its link points to.</summary>
    private static IEnumerable<string> Unlinked(ProgramCopy program, IEnumerable<string> lines)
    {
        var file = program.Native(TorchSharpFile);
        var target = File.ResolveLinkTarget(file, returnFinalTarget: true)!.FullName;
        return lines.Select(line => line.Replace(target, file, StringComparison.Ordinal));
    }

    /// <summary>Whether this system's libstdc++, which libtorch has brought into this process, is that of GCC 13 or later.</summary>
    private static bool HasVersion()
    {
        TorchRuntime.EnsureLoaded();
        var mapping = File.ReadLines("/proc/self/maps").First(line => line.Contains("libstdc++.so", StringComparison.Ordinal));
        return File.ReadAllBytes(mapping[mapping.IndexOf('/')..]).AsSpan().IndexOf("GLIBCXX_3.4.32"u8) >= 0;
    }
}
