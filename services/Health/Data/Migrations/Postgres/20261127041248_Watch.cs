using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace ClaudeManage.Health.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Watch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "managed",
                table: "rig_copies",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "max_workers",
                table: "rig_copies",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<bool>(
                name: "resting",
                table: "rig_copies",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "runtime",
                table: "rig_copies",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "busy_at",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "commit_at",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "lease_ended_at",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "nudged_at",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "nudges",
                table: "agents",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "repeats",
                table: "agents",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "repeats_since",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "reported",
                table: "agents",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "retired",
                table: "agents",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "spawned_at",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "stopped_at",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "stops",
                table: "agents",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "waiting_since",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "agent_history",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    agent_id = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    what = table.Column<string>(type: "text", nullable: false),
                    why = table.Column<string>(type: "text", nullable: true),
                    session_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_history", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "breakers",
                columns: table => new
                {
                    rig_id = table.Column<string>(type: "text", nullable: false),
                    formula = table.Column<string>(type: "text", nullable: false),
                    runtime = table.Column<string>(type: "text", nullable: false),
                    acts = table.Column<int>(type: "integer", nullable: false),
                    window_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    opened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_breakers", x => new { x.rig_id, x.formula, x.runtime });
                });

            migrationBuilder.CreateTable(
                name: "formula_copies",
                columns: table => new
                {
                    root_item_id = table.Column<string>(type: "text", nullable: false),
                    formula = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_formula_copies", x => x.root_item_id);
                });

            migrationBuilder.CreateTable(
                name: "hook_entries",
                columns: table => new
                {
                    assignment_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hook_id = table.Column<string>(type: "text", nullable: false),
                    rig_id = table.Column<string>(type: "text", nullable: false),
                    work_item_id = table.Column<string>(type: "text", nullable: false),
                    waiting = table.Column<bool>(type: "boolean", nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_hook_entries", x => x.assignment_id);
                });

            migrationBuilder.CreateTable(
                name: "node_copies",
                columns: table => new
                {
                    node_id = table.Column<string>(type: "text", nullable: false),
                    snapshot = table.Column<string>(type: "text", nullable: false),
                    live = table.Column<int>(type: "integer", nullable: false),
                    heard_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    stopped_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_node_copies", x => x.node_id);
                });

            migrationBuilder.CreateTable(
                name: "patrols",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    duration_seconds = table.Column<double>(type: "double precision", nullable: false),
                    runs = table.Column<long>(type: "bigint", nullable: false),
                    looked = table.Column<string>(type: "text", nullable: false),
                    missed = table.Column<string>(type: "text", nullable: false),
                    findings = table.Column<string>(type: "text", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_patrols", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "pause_copies",
                columns: table => new
                {
                    scope = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    paused = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pause_copies", x => x.scope);
                });

            migrationBuilder.CreateTable(
                name: "witness_cases",
                columns: table => new
                {
                    assignment_id = table.Column<Guid>(type: "uuid", nullable: false),
                    rung = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_witness_cases", x => x.assignment_id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_agents_rig_id",
                table: "agents",
                column: "rig_id");

            migrationBuilder.CreateIndex(
                name: "ix_agent_history_agent_id_number",
                table: "agent_history",
                columns: new[] { "agent_id", "number" });

            migrationBuilder.CreateIndex(
                name: "ix_hook_entries_hook_id_waiting_since",
                table: "hook_entries",
                columns: new[] { "hook_id", "waiting", "since" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "agent_history");

            migrationBuilder.DropTable(
                name: "breakers");

            migrationBuilder.DropTable(
                name: "formula_copies");

            migrationBuilder.DropTable(
                name: "hook_entries");

            migrationBuilder.DropTable(
                name: "node_copies");

            migrationBuilder.DropTable(
                name: "patrols");

            migrationBuilder.DropTable(
                name: "pause_copies");

            migrationBuilder.DropTable(
                name: "witness_cases");

            migrationBuilder.DropIndex(
                name: "ix_agents_rig_id",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "managed",
                table: "rig_copies");

            migrationBuilder.DropColumn(
                name: "max_workers",
                table: "rig_copies");

            migrationBuilder.DropColumn(
                name: "resting",
                table: "rig_copies");

            migrationBuilder.DropColumn(
                name: "runtime",
                table: "rig_copies");

            migrationBuilder.DropColumn(
                name: "busy_at",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "commit_at",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "lease_ended_at",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "nudged_at",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "nudges",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "repeats",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "repeats_since",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "reported",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "retired",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "spawned_at",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "stopped_at",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "stops",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "waiting_since",
                table: "agents");
        }
    }
}
