using Xunit;

namespace MLNet.VisionLanguage.Tests.Architecture;

/// <summary>
/// The arrows between rooms: each room knows only those above it in the design's list (docs/architecture.md has the list).
/// </summary>
public class RoomTests
{
    private static readonly string[] Rooms =
    [
        "Transforms/Files", "Transforms/Checkpoints", "Transforms/Onnx", "Transforms/Columns", "Transforms/Engine", "Transforms/Layers", "Transforms/Models",
        "Transforms/Heads", "Transforms/Persistence", "Transforms/Scoring", "Transforms/Text", "Transforms/Images", "Transforms/Regions",
        "Transforms/Tasks", "Transforms/Datasets", "Transforms/Metrics", "Transforms/Hub", "Transforms/Catalogs",
        "Trainers/Optimization", "Trainers/build", "Trainers/Engine", "Trainers/Objectives", "Trainers/Data", "Trainers/Training", "Trainers/Tasks",
        "Trainers/Experiments", "Trainers/Comparison",
        "Tool",
    ];

    [Fact]
    public void Every_source_file_lies_in_a_room()
    {
        var homeless = SourceModel.Uses.SelectMany(use => new[] { use.From, use.To }).Distinct().Where(file => RoomOf(file) < 0).Order();

        Assert.Empty(homeless);
    }

    [Fact]
    public void A_room_knows_only_the_rooms_above_it()
    {
        var wrong = SourceModel.Uses
            .Where(use => RoomOf(use.To) > RoomOf(use.From))
            .Select(use => $"{use.From}:{use.Line} uses {use.Type} of {use.To}")
            .Distinct().Order();

        Assert.Empty(wrong);
    }

    [Fact]
    public void The_model_of_the_sources_sees_uses_between_rooms() =>
        Assert.Contains(SourceModel.Uses, use => use.From.StartsWith("Trainers/") && use.To.StartsWith("Transforms/Checkpoints/"));

    private static int RoomOf(string file) => Array.FindIndex(Rooms, room => file.StartsWith(room + "/", StringComparison.Ordinal));
}
