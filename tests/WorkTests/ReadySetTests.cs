using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Work.Domain;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.WorkTests;

/// <summary>The ready set, after any sequence of changes, against an oracle that knows only the words of the specification.</summary>
public sealed class ReadySetTests : WorkHost
{
    static readonly Gen<(int, int, int)[]> Sequences = Gen.Choose(0, 11).SelectMany(verb => Gen.Choose(0, 7).Two().Select(t => (verb, t.Item1, t.Item2))).ArrayOf(24);

    [Fact]
    public void The_rules_say_what_the_oracle_says() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Sequences.ToArbitrary(), moves =>
    {
        var model = new Model(8);
        foreach (var (verb, a, b) in moves) if (model.Allows(verb, a, b)) model.Apply(verb, a, b);
        return Enumerable.Range(0, 8).All(i => model.ByRules(i, Clock.GetUtcNow()).Ready == model.IsReady(i));
    }));

    [Fact]
    public void The_database_says_what_the_oracle_says_and_refuses_what_it_refuses() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(Sequences.ToArbitrary(), moves => Task.Run(() => PlayAsync(moves)).GetAwaiter().GetResult()));

    async Task<bool> PlayAsync((int, int, int)[] moves)
    {
        var model = new Model(8);
        var made = await SendAsync<WorkItemBatch>(HttpMethod.Post, "/work-items", new CreateWorkItem(null, null, Items: [.. Enumerable.Range(0, 8).Select(i => new CreateWorkItem("shop", $"i{i}"))]), System.Net.HttpStatusCode.Created);
        var ids = made.Items.Select(i => i.Id).ToList();
        foreach (var (verb, a, b) in moves)
        {
            using var answer = await Request(verb, ids[a], ids[b], b % 2 == 0, model.ParentOf(a) is { } p ? ids[p] : null);
            var allowed = model.Allows(verb, a, b);
            Assert.True(answer.IsSuccessStatusCode == allowed, $"verb {verb} {a} {b}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(Ct)}");
            if (allowed) model.Apply(verb, a, b);
            var ready = (await DatabaseAsync(db => db.Items.Where(i => ids.Contains(i.Id) && i.Ready).Select(i => i.Id).ToListAsync(Ct))).Order();
            Assert.Equal(Enumerable.Range(0, 8).Where(model.IsReady).Select(i => ids[i]).Order(), ready);
        }
        await AssertReplaysAsync();
        return true;
    }

    Task<HttpResponseMessage> Request(int verb, string a, string b, bool even, string? parent) => verb switch
    {
        0 or 1 or 2 => RawAsync(HttpMethod.Post, $"/work-items/{a}/dependencies", new AddDependency(b)),
        3 => RawAsync(HttpMethod.Delete, $"/work-items/{a}/dependencies/{b}", null),
        4 or 5 => RawAsync(HttpMethod.Post, $"/work-items/{a}/dependencies", new AddDependency(b, DependencyType.ParentChild)),
        6 => RawAsync(HttpMethod.Delete, $"/work-items/{a}/dependencies/{parent ?? "sh-none1"}", null),
        7 => RawAsync(HttpMethod.Post, $"/work-items/{a}/close", new CloseWorkItem()),
        8 => RawAsync(HttpMethod.Post, $"/work-items/{a}/reopen", new WithReason("r")),
        9 => RawAsync(HttpMethod.Patch, $"/work-items/{a}", new UpdateWorkItem(DeferUntil: Clock.GetUtcNow().AddDays(even ? 400 : -1))),
        10 => RawAsync(HttpMethod.Delete, $"/work-items/{a}", null),
        _ => RawAsync(HttpMethod.Post, $"/work-items/{a}/restore", null),
    };

    sealed class Model(int size)
    {
        readonly bool[] _closed = new bool[size], _trashed = new bool[size], _deferred = new bool[size];
        readonly HashSet<(int Item, int Target)> _blocks = [];
        readonly Dictionary<int, int> _parent = [];

        public int? ParentOf(int item) => _parent.TryGetValue(item, out var p) ? p : null;

        bool Alive(int i) => !_closed[i] && !_trashed[i];

        bool Blocked(int i) => _blocks.Any(e => e.Item == i && Alive(e.Target)) || (ParentOf(i) is { } p && Alive(p) && Blocked(p));

        public bool IsReady(int i) => Alive(i) && !Blocked(i) && !_deferred[i] && !(ParentOf(i) is { } p && Alive(p) && _deferred[p]);

        public Readiness ByRules(int i, DateTimeOffset now)
        {
            var parent = ParentOf(i) is { } p ? ByRules(p, now) : default;
            return Readiness.Of(new ReadinessFacts(
                _closed[i] ? WorkItemState.Closed : WorkItemState.Open, _trashed[i], WorkItemType.Task, _blocks.Count(e => e.Item == i && ByRules(e.Target, now).Blocking),
                parent.BlocksChildren, parent.HidesChildren, _deferred[i] ? now.AddDays(1) : null), now);
        }

        bool Reaches(int from, int to) => from == to || _blocks.Where(e => e.Item == from).Select(e => e.Target).Concat(ParentOf(from) is { } p ? [p] : []).Any(n => Reaches(n, to));

        bool IsAbove(int item, int above) => ParentOf(item) is { } p && (p == above || IsAbove(p, above));

        public bool Allows(int verb, int a, int b) => verb switch
        {
            0 or 1 or 2 => !_trashed[a] && a != b && (_blocks.Contains((a, b)) || (ParentOf(a) != b && !IsAbove(a, b) && !Reaches(b, a))),
            3 => !_trashed[a] && (_blocks.Contains((a, b)) || ParentOf(a) == b),
            4 or 5 => !_trashed[a] && a != b && (ParentOf(a) == b || (ParentOf(a) is null && !_trashed[b] && !_closed[b] && !_blocks.Contains((a, b)) && !Reaches(b, a) && !SubtreeWaitsFor(a, b))),
            6 => !_trashed[a] && ParentOf(a) is not null,
            7 => Alive(a),
            8 => !_trashed[a] && _closed[a],
            9 => !_trashed[a],
            _ => true,
        };

        bool SubtreeWaitsFor(int a, int b) => Enumerable.Range(0, size).Where(d => d == a || IsAbove(d, a))
            .Any(d => _blocks.Any(e => e.Item == d && (e.Target == b || IsAbove(b, e.Target))));

        public void Apply(int verb, int a, int b)
        {
            switch (verb)
            {
                case 0 or 1 or 2: _blocks.Add((a, b)); break;
                case 3: if (!_blocks.Remove((a, b))) _parent.Remove(a); break;
                case 4 or 5: _parent[a] = b; break;
                case 6: _parent.Remove(a); break;
                case 7: _closed[a] = true; break;
                case 8: _closed[a] = false; break;
                case 9: _deferred[a] = b % 2 == 0; break;
                case 10: _trashed[a] = true; break;
                default: _trashed[a] = false; break;
            }
        }
    }
}
