using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ClaudeManage.Work.Data.Triggers;

/// <summary>The database itself refuses to change or delete what was recorded.</summary>
[DbContext(typeof(PostgresWorkDbContext))]
[Migration("20261123235959_TrailIsAppendOnly")]
sealed class PostgresTrailIsAppendOnly : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            create function run_events_refuse() returns trigger language plpgsql as $$
            begin raise exception 'run_events is append-only'; end $$;
            create trigger run_events_no_change before update or delete on run_events for each row execute function run_events_refuse();
            create trigger run_events_no_truncate before truncate on run_events for each statement execute function run_events_refuse();
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            drop trigger run_events_no_truncate on run_events;
            drop trigger run_events_no_change on run_events;
            drop function run_events_refuse();
            """);
    }
}
