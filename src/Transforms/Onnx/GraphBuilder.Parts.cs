using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>A graph cut in three; see <see cref="GraphBuilder.Cut"/>.</summary>
/// <param name="Left">What depends on the inputs of one side alone; its outputs are what <paramref name="Join"/> reads of it.</param>
/// <param name="Right">The same of the other side.</param>
/// <param name="Join">
/// Makes the rest, which reads the outputs of both under their names, and <see cref="LeftRows"/> and <see cref="RightRows"/> (Int64 [pairs]): the
/// rows of those outputs that meet. It is told the sizes of each output, null where they are not known.
/// </param>
internal sealed record GraphParts(GraphBuilder Left, GraphBuilder Right, Func<Func<string, Dim[]?>, GraphBuilder> Join)
{
    public const string LeftRows = "rows.left";
    public const string RightRows = "rows.right";
}

// Cutting a graph by what its values depend on.
internal sealed partial class GraphBuilder
{
    private const string Handed = "handed.";

    /// <summary>
    /// Cuts the graph in three by what each value depends on: on some of the inputs alone, on the others alone, on both. Nothing needs to be said
    /// of what the graph computes, but that all its values of rows have the rows first.
    /// </summary>
    /// <param name="left">The inputs on one side; the others are on the other.</param>
    public GraphParts Cut(IReadOnlyCollection<string> left)
    {
        var values = new Dictionary<string, (Sides Sides, bool HasRows)>(StringComparer.Ordinal);
        foreach (var input in _graph.Input) values[input.Name] = (left.Contains(input.Name) ? Sides.Left : Sides.Right, true);
        var makers = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        foreach (var node in _graph.Node)
        {
            var read = node.Input.Where(values.ContainsKey).Select(name => values[name]).ToList();
            var sides = read.Aggregate(Sides.None, (all, one) => all | one.Sides);
            foreach (var output in node.Output)
            {
                values[output] = (sides, !IsOfBatch(node) && read.Any(one => one.HasRows));
                makers[output] = node;
            }
        }

        // What is known of a batch and not of its rows, such as its lengths, is found out again where both sides meet.
        var handed = new List<string>();
        var rest = Behind(_graph.Output.Select(output => output.Name), name =>
            values.TryGetValue(name, out var value) && value is { HasRows: true, Sides: Sides.Left or Sides.Right }, handed);
        return new(Side(Sides.Left), Side(Sides.Right), Join);

        GraphBuilder Side(Sides side)
        {
            string[] own = [.. handed.Where(name => values[name].Sides == side)];
            var part = Part(Behind(own, _ => false, []));
            foreach (var name in own)
            {
                part._graph.Output.Add(Describe(part.Claim(Handed + name), _types[name], null));
                part._graph.Node.Add(new NodeProto { OpType = "Identity", Name = Handed + name, Input = { name }, Output = { Handed + name } });
            }

            return part;
        }

        GraphBuilder Join(Func<string, Dim[]?> sizes)
        {
            var part = Part(rest);
            part.Input(GraphParts.LeftRows, OnnxType.Int64, "pairs");
            part.Input(GraphParts.RightRows, OnnxType.Int64, "pairs");
            var first = 0;
            foreach (var name in handed)
            {
                part._graph.Input.Add(Describe(part.Claim(Handed + name), _types[name], sizes(Handed + name)));
                var rows = values[name].Sides == Sides.Left ? GraphParts.LeftRows : GraphParts.RightRows;
                part._graph.Node.Insert(
                    first++, new NodeProto { OpType = "Gather", Name = Handed + name, Input = { Handed + name, rows }, Output = { name } });
            }

            part._graph.Output.Add(_graph.Output);
            return part;
        }

        // The names of all that is behind some values, up to those at which it ends.
        HashSet<string> Behind(IEnumerable<string> wanted, Func<string, bool> ends, List<string> found)
        {
            var (seen, names) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
            var open = new Stack<string>(wanted);
            while (open.TryPop(out var name))
            {
                if (name.Length == 0 || !seen.Add(name)) continue;
                if (ends(name))
                {
                    found.Add(name);
                    continue;
                }

                names.Add(name);
                if (!makers.TryGetValue(name, out var maker)) continue;
                foreach (var input in maker.Input) open.Push(input);
            }

            return names;
        }
    }

    /// <summary>Whether a node tells of a whole batch.</summary>
    private static bool IsOfBatch(NodeProto node) => node.OpType == "Shape" || node is { OpType: "ReduceMax" or "ReduceProd", Input.Count: 1 };

    /// <summary>A graph of what has these names, without outputs.</summary>
    private GraphBuilder Part(HashSet<string> names)
    {
        var part = new GraphBuilder(_graph.Name);
        part._graph.Input.Add(_graph.Input.Where(input => names.Contains(input.Name)));
        part._graph.Initializer.Add(_graph.Initializer.Where(constant => names.Contains(constant.Name)));
        part._graph.Node.Add(_graph.Node.Where(node => node.Output.Any(names.Contains)));
        part._initializers.AddRange(_initializers.Where(weight => names.Contains(weight.Name)));
        part._names.UnionWith(_names);
        return part;
    }

    [Flags]
    private enum Sides
    {
        None = 0,
        Left = 1,
        Right = 2,
        Both = Left | Right,
    }
}
