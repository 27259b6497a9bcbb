using System.Text;
using MassTransit;
using MassTransit.SagaStateMachine;

namespace ClaudeManage.Refinery.Sagas;

/// <summary>The picture of a state machine as Mermaid text, made from the machine itself.</summary>
static class Diagram
{
    public static string Of<T>(StateMachine<T> machine) where T : class, SagaStateMachineInstance
    {
        var graph = machine.GetGraph();
        var edges = graph.Edges.ToList();
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        // An edge runs from a state to an event, and from an event to each state it leads to.
        foreach (var into in edges.Where(e => e.From.VertexType != typeof(State)))
            foreach (var from in edges.Where(e => e.To.Equals(into.From)))
                lines.Add($"    {Name(from.From)} --> {Name(into.To)}: {into.From.Title}");
        return new StringBuilder("stateDiagram-v2\n").AppendJoin('\n', lines).Append('\n').ToString();
        static string Name(Vertex vertex) => vertex.Title is "Initial" or "Final" ? "[*]" : vertex.Title;
    }
}
