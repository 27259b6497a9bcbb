using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Convoy.Data;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Convoy.Running;

/// <summary>What a sling does to the convoy it names.</summary>
sealed partial class ConvoyRun
{
    /// <summary>An item slung without a convoy has one of its own, so that everything that runs is seen in one place.</summary>
    public async Task MadeBySlingAsync(ConvoyRow row, EnsureConvoy command, CancellationToken ct)
    {
        (row.ConvoyId, row.Name, row.Owner) = (command.ConvoyId, command.Name, command.RequestedBy);
        row.CreatedAt = clock.Now();
        row.LaunchedAt = row.CreatedAt;
        await InsertAsync(row.ConvoyId, command.WorkItemIds, ct);
        var snapshot = await reader.SnapshotAsync(row, ct);
        await TellAsync(row, new ConvoyCreated(Header(ConvoyCreated.Type, row, command.RequestedBy), snapshot), null, ct);
        await TellAsync(row, new ConvoyLaunched(Header(ConvoyLaunched.Type, row, command.RequestedBy), snapshot), null, ct);
        await LandAsync(row, ct);
    }

    /// <summary>Who slings by hand into a convoy that is run by hand has begun it. One that slings by itself waits for its launch.</summary>
    public async Task SlungWhileStagedAsync(ConvoyRow row, EnsureConvoy command, CancellationToken ct)
    {
        await AddAsync(row, command.WorkItemIds, command.RequestedBy, ct);
        if (row.Auto) return;
        await BeginAsync(row, command.RequestedBy, ct);
        if (!await LandAsync(row, ct)) await JudgeTermsAsync(row, ct);
    }
}
