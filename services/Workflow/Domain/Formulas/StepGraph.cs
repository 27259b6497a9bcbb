namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Arithmetic over who waits for whom; each takes time of the order of the edges.</summary>
static class StepGraph
{
    /// <summary>A circle, beginning and ending with the same step; null if there is none.</summary>
    public static IReadOnlyList<string>? Cycle(IReadOnlyList<string> steps, Func<string, IEnumerable<string>> needs)
    {
        var state = new Dictionary<string, bool>(steps.Count);     // false: on the way; true: finished
        var path = new List<string>();
        foreach (var start in steps)
        {
            var stack = new Stack<(string Step, IEnumerator<string> Needs)>();
            Enter(start);
            while (stack.TryPeek(out var top))
            {
                if (top.Needs.MoveNext())
                {
                    var next = top.Needs.Current;
                    if (state.TryGetValue(next, out var finished) && !finished) return [.. path[path.IndexOf(next)..], next];
                    Enter(next);
                    continue;
                }
                stack.Pop();
                path.RemoveAt(path.Count - 1);
                state[top.Step] = true;
            }

            void Enter(string step)
            {
                if (!state.TryAdd(step, false)) return;
                path.Add(step);
                stack.Push((step, needs(step).GetEnumerator()));
            }
        }
        return null;
    }

    /// <summary>Layers that can run at once: a step stands one layer after the last of those it needs.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Waves(IReadOnlyList<string> steps, Func<string, IEnumerable<string>> needs)
    {
        var levels = Levels(steps, needs);
        return [.. steps.GroupBy(s => levels[s].Level).OrderBy(g => g.Key).Select(g => (IReadOnlyList<string>)[.. g])];
    }

    /// <summary>The longest chain, first to begin first.</summary>
    public static IReadOnlyList<string> CriticalPath(IReadOnlyList<string> steps, Func<string, IEnumerable<string>> needs)
    {
        if (steps.Count == 0) return [];
        var levels = Levels(steps, needs);
        var path = new List<string>();
        for (var at = steps.MaxBy(s => levels[s].Level); at is not null; at = levels[at].After) path.Add(at);
        path.Reverse();
        return path;
    }

    /// <summary>Steps in an order in which everybody comes after whom it needs; else in the order given.</summary>
    public static IReadOnlyList<string> Order(IReadOnlyList<string> steps, Func<string, IEnumerable<string>> needs)
    {
        var levels = Levels(steps, needs);
        return [.. steps.Select((s, i) => (s, i)).OrderBy(x => levels[x.s].Level).ThenBy(x => x.i).Select(x => x.s)];
    }

    static Dictionary<string, (int Level, string? After)> Levels(IReadOnlyList<string> steps, Func<string, IEnumerable<string>> needs)
    {
        var known = steps.ToHashSet();
        var waiting = new Dictionary<string, int>(steps.Count);
        var waiters = new Dictionary<string, List<string>>();
        var levels = new Dictionary<string, (int Level, string? After)>(steps.Count);
        var free = new Queue<string>();
        foreach (var step in steps)
        {
            var all = needs(step).Where(known.Contains).Distinct().ToList();
            waiting[step] = all.Count;
            if (all.Count == 0) free.Enqueue(step);
            foreach (var need in all)
            {
                if (!waiters.TryGetValue(need, out var list)) waiters[need] = list = [];
                list.Add(step);
            }
            levels[step] = (0, null);
        }
        while (free.TryDequeue(out var done))
        {
            foreach (var waiter in waiters.GetValueOrDefault(done) ?? [])
            {
                if (levels[waiter].After is null || levels[done].Level + 1 > levels[waiter].Level) levels[waiter] = (levels[done].Level + 1, done);
                if (--waiting[waiter] == 0) free.Enqueue(waiter);
            }
        }
        return levels;
    }
}
