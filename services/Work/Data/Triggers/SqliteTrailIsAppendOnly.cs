using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ClaudeManage.Work.Data.Triggers;

/// <summary>The database itself refuses to change or delete what was recorded.</summary>
[DbContext(typeof(SqliteWorkDbContext))]
[Migration("20261123235959_TrailIsAppendOnly")]
sealed class SqliteTrailIsAppendOnly : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        foreach (var verb in new[] { "update", "delete" })
        {
            migrationBuilder.Sql($"""
                create trigger run_events_no_{verb} before {verb} on run_events
                begin select raise(abort, 'run_events is append-only'); end;
                """);
        }
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        foreach (var verb in new[] { "update", "delete" }) migrationBuilder.Sql($"drop trigger run_events_no_{verb};");
    }
}
