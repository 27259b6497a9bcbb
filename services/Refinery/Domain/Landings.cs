namespace ClaudeManage.Refinery.Domain;

/// <summary>How far a convoy's landing is.</summary>
enum LandingPhase
{
    /// <summary>None is under way.</summary>
    None,

    /// <summary>Each rig's requests are proved on top of each other; no target has moved.</summary>
    Preparing,

    /// <summary>The targets move, one after the other.</summary>
    Moving,

    /// <summary>One did not; those that moved are taken back.</summary>
    Undoing,
}

/// <summary>How far a landing is in one rig.</summary>
enum PartState
{
    /// <summary>Its proof is not known to hold.</summary>
    Proving,

    /// <summary>Proved on the target's tip; not moved.</summary>
    Ready,

    /// <summary>It may have moved.</summary>
    Moving,

    /// <summary>Moved, read back.</summary>
    Moved,

    /// <summary>Taken back, or found never to have moved.</summary>
    Restored,

    /// <summary>Cannot be taken back without a person.</summary>
    Stuck,
}

/// <summary>What a rig has to do for a landing now.</summary>
enum PartDuty { Prove, Wait, Move, Restore }

/// <summary>A rig's part as the rules see it.</summary>
sealed record PartFacts(string RigId, int Place, PartState State);

/// <summary>A landing that is under way, as the rules see it.</summary>
sealed record LandingFacts(string ConvoyId, LandingPhase Phase, DateTimeOffset OrderedAt, IReadOnlyList<PartFacts> Parts);

/// <summary>Who does what when, of landings over several rigs.</summary>
static class Landings
{
    /// <summary>
    /// Per rig its convoy and its duty. Landings that share a rig run one after the other, in the order in which they were
    /// ordered; so none waits for one that waits for it. A rig of one that is not its turn yet works as ever.
    /// </summary>
    public static IReadOnlyDictionary<string, (string ConvoyId, PartDuty Duty)> Duties(IEnumerable<LandingFacts> landings)
    {
        var (taken, duties) = (new HashSet<string>(), new Dictionary<string, (string, PartDuty)>());
        foreach (var landing in landings.Where(l => l.Phase != LandingPhase.None).OrderBy(l => l.Phase == LandingPhase.Preparing).ThenBy(l => l.OrderedAt).ThenBy(l => l.ConvoyId, StringComparer.Ordinal))
        {
            var turn = !landing.Parts.Any(p => taken.Contains(p.RigId));
            foreach (var part in landing.Parts)
            {
                taken.Add(part.RigId);
                if (turn) duties[part.RigId] = (landing.ConvoyId, Duty(landing, part));
            }
        }
        return duties;
    }

    /// <summary>What one of its rigs has to do, when it is the landing's turn.</summary>
    public static PartDuty Duty(LandingFacts landing, PartFacts part) => landing.Phase switch
    {
        LandingPhase.Preparing => part.State == PartState.Ready ? PartDuty.Wait : PartDuty.Prove,
        LandingPhase.Moving => part.State is PartState.Ready or PartState.Moving && landing.Parts.All(p => p.Place >= part.Place || p.State == PartState.Moved) ? PartDuty.Move : PartDuty.Wait,
        LandingPhase.Undoing => part.State is PartState.Moving or PartState.Moved ? PartDuty.Restore : PartDuty.Wait,
        _ => PartDuty.Wait,
    };

    /// <summary>
    /// How many of a rig's requests, from the first on, are proved as they would land: the first on the target's tip, each
    /// other on the one before it.
    /// </summary>
    public static int Holding(string tip, IEnumerable<(string? Tip, string? Candidate, bool Proved)> chain)
    {
        var (expected, count) = (tip, 0);
        foreach (var link in chain)
        {
            if (!link.Proved || link.Candidate is null || link.Tip != expected) break;
            (expected, count) = (link.Candidate, count + 1);
        }
        return count;
    }
}
