# Sourced by run.sh, test.sh and vl: ends with one line where there is no .NET 10 SDK, the only thing a machine must bring.
if ! command -v dotnet > /dev/null 2>&1 || ! dotnet --list-sdks 2> /dev/null | grep -q '^10\.'; then
    printf '%s: needs a .NET 10 SDK (dotnet on PATH, 10.0.100 or later); see https://dotnet.microsoft.com/download\n' "${0##*/}" >&2
    exit 1
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
