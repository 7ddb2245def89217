using System.Text.RegularExpressions;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tool.Tasks;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MLNet.VisionLanguage.Tool.Joint;

/// <summary>
/// A file of tasks that train together, in the layout of the reference's vilbert_tasks.yml: TASKn with its keys, of which each has one value.
/// Whatever else YAML knows (anchors, tags, several documents) is refused.
/// </summary>
internal static partial class TasksFile
{
    /// <summary>Names of the reference's file whose tasks are not trained here.</summary>
    private static readonly Declaration[] Untrained =
    [
        new("VisualDialog", "VL-logit", Declaration.ChoiceLoss, "dialog"),
        new("Foil", "VL-binary-classifier", Declaration.ChoiceLoss, "normal"),
    ];

    /// <summary>The names that can be declared, with the task of each that is trained here.</summary>
    private static IReadOnlyList<(Declaration Declaration, ToolTask? Task)> Known { get; } =
    [
        .. ToolTasks.All.SelectMany(task => task.Declarations.Select(declaration => (declaration, (ToolTask?)task))),
        .. Untrained.Select(declaration => (declaration, (ToolTask?)null)),
    ];

    /// <summary>Reads all tasks of a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not in the layout; the message has the file, the line, the task and the key.</exception>
    public static IReadOnlyList<DeclaredTask> Read(string path)
    {
        var tasks = new List<DeclaredTask>();
        foreach (var section in Sections(path, TextFile.ReadAllText(path)))
        {
            if (tasks.FirstOrDefault(task => task.Key == section.Name) is { } first) throw section.Error($"stands twice; first in line {first.Line}");
            tasks.Add(Task(section));
            if (tasks[..^1].FirstOrDefault(task => task.Name == tasks[^1].Name) is { } same)
                throw section.Error("name", $"'{same.Name}' is {same.Key}'s name already");
        }

        return tasks.Count > 0 ? tasks : throw new InvalidDataException($"{path}: there is no task in it.");
    }

    private static DeclaredTask Task(TaskSection section)
    {
        var name = section.Text("name");
        var (declaration, task) = Known.FirstOrDefault(known => known.Declaration.Name == name);
        if (declaration is null)
            throw section.Error("name", $"'{name}' is not a known name; known are {string.Join(", ", Known.Select(known => known.Declaration.Name))}");
        Expect("type", declaration.Type);
        Expect("loss", declaration.Loss);
        Expect("process", declaration.Process);
        var declared = new DeclaredTask(section, declaration, task);
        if (declared.Number >= ViLbertConfig.TaskNumbers) throw section.Error($"a model tells tasks from 0 to {ViLbertConfig.TaskNumbers - 1} apart");
        section.RefuseUnknown();
        return declared;

        void Expect(string key, string expected)
        {
            var found = section.Text(key);
            if (found != expected) throw section.Error(key, $"expected '{expected}', which is that of {name}, found '{found}'");
        }
    }

    /// <summary>Event by event, so that every value has its line and no depth of nesting takes memory.</summary>
    private static IEnumerable<TaskSection> Sections(string path, string text)
    {
        var events = new Events(path, new Parser(new StringReader(text)));
        events.Next<StreamStart>("a YAML document");
        if (events.IsNext<StreamEnd>()) yield break;
        events.Next<DocumentStart>("a YAML document");
        events.Next<MappingStart>("tasks, such as TASK1:");
        while (!events.IsNext<MappingEnd>())
        {
            var name = events.Next<Scalar>("a task, such as TASK1:");
            if (!TaskKey().IsMatch(name.Value))
                throw new InvalidDataException($"{path}:{name.Start.Line}: expected a task, such as TASK1:, found '{name.Value}'.");
            events.Next<MappingStart>($"the keys of {name.Value}");
            var section = new TaskSection(path, name.Value, name.Start.Line);
            while (!events.IsNext<MappingEnd>())
            {
                var key = events.Next<Scalar>($"a key of {name.Value}");
                section.Add(key, events.Values($"{name.Value}: {key.Value}: one value or a list of them"));
            }

            yield return section;
        }

        events.Next<DocumentEnd>("the end of the tasks");
        events.Next<StreamEnd>("a single YAML document");
    }

    [GeneratedRegex("^TASK[0-9]{1,4}$")]
    private static partial Regex TaskKey();

    /// <summary>The parser's events with the file in what is told of them.</summary>
    private sealed class Events(string path, Parser parser)
    {
        private ParsingEvent? _next;

        public T Next<T>(string expected)
            where T : ParsingEvent
        {
            var found = Peek();
            if (found is not T wanted) throw Error(found, $"expected {expected}");
            if (found is NodeEvent node && !(node.Anchor.IsEmpty && node.Tag.IsEmpty)) throw Error(found, "anchors and tags are not read");
            _next = null;
            return wanted;
        }

        /// <summary>Whether an event is of a kind; if so it is passed.</summary>
        public bool IsNext<T>()
            where T : ParsingEvent
        {
            if (Peek() is not T) return false;
            _next = null;
            return true;
        }

        /// <summary>A value, or those of a list.</summary>
        public IReadOnlyList<Scalar> Values(string expected)
        {
            if (Peek() is not SequenceStart) return [Next<Scalar>(expected)];
            Next<SequenceStart>(expected);
            var values = new List<Scalar>();
            while (!IsNext<SequenceEnd>()) values.Add(Next<Scalar>(expected));
            return values;
        }

        private ParsingEvent Peek()
        {
            try
            {
                if (_next is null && parser.MoveNext()) _next = parser.Current;
                return _next ?? throw new InvalidDataException($"{path}: the file ends too soon.");
            }
            catch (YamlException e)
            {
                throw new InvalidDataException($"{path}:{e.Start.Line}: {e.Message.TrimEnd('.')}.", e);
            }
            catch (InvalidOperationException e)
            {
                // What the scanner says of a list that a nested key interrupts; it does not tell where.
                throw new InvalidDataException($"{path}:{parser.Current?.End.Line ?? 1}: no YAML from here on; a bracket or a quote may not be closed.", e);
            }
        }

        private InvalidDataException Error(ParsingEvent at, string problem) => new($"{path}:{at.Start.Line}: {problem}.");
    }
}
