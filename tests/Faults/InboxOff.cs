using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ClaudeManage.Faults;

/// <summary>Every delivery is entered under an id of its own, so none is ever known.</summary>
sealed class InboxOff : DbCommandInterceptor
{
    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (command.CommandText.StartsWith("insert into inbox", StringComparison.Ordinal) && Planted.IsOn(Planted.InboxOff)) command.Parameters[0].Value = Guid.NewGuid();
        return ValueTask.FromResult(result);
    }
}
