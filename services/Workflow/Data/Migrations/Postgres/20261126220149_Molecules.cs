using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace ClaudeManage.Workflow.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Molecules : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "formulas",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    formula_version = table.Column<int>(type: "integer", nullable: false),
                    description = table.Column<string>(type: "text", nullable: true),
                    by = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_formulas", x => new { x.name, x.revision });
                });

            migrationBuilder.CreateTable(
                name: "gates",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    molecule_id = table.Column<string>(type: "text", nullable: false),
                    step_id = table.Column<string>(type: "text", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: true),
                    await_id = table.Column<string>(type: "text", nullable: true),
                    condition = table.Column<string>(type: "text", nullable: true),
                    state = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    by = table.Column<string>(type: "text", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_gates", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "molecule_log",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    molecule_id = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false),
                    step_id = table.Column<string>(type: "text", nullable: true),
                    what = table.Column<string>(type: "text", nullable: false),
                    from = table.Column<string>(type: "text", nullable: true),
                    to = table.Column<string>(type: "text", nullable: true),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    work_item_id = table.Column<string>(type: "text", nullable: true),
                    agent_id = table.Column<string>(type: "text", nullable: true),
                    fence = table.Column<long>(type: "bigint", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_molecule_log", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "molecules",
                columns: table => new
                {
                    correlation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    molecule_id = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    wisp = table.Column<bool>(type: "boolean", nullable: false),
                    paused = table.Column<bool>(type: "boolean", nullable: false),
                    formula = table.Column<string>(type: "text", nullable: false),
                    protomolecule_id = table.Column<string>(type: "text", nullable: false),
                    title = table.Column<string>(type: "text", nullable: false),
                    rig_id = table.Column<string>(type: "text", nullable: false),
                    convoy_id = table.Column<string>(type: "text", nullable: true),
                    root_item_id = table.Column<string>(type: "text", nullable: false),
                    assignee = table.Column<string>(type: "text", nullable: true),
                    vars = table.Column<string>(type: "text", nullable: false),
                    poured_by = table.Column<string>(type: "text", nullable: false),
                    fork_of = table.Column<string>(type: "text", nullable: true),
                    next_item = table.Column<int>(type: "integer", nullable: false),
                    batches = table.Column<int>(type: "integer", nullable: false),
                    total = table.Column<int>(type: "integer", nullable: false),
                    open = table.Column<int>(type: "integer", nullable: false),
                    active = table.Column<int>(type: "integer", nullable: false),
                    waiting = table.Column<int>(type: "integer", nullable: false),
                    completions = table.Column<long>(type: "bigint", nullable: false),
                    compensating = table.Column<string>(type: "text", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true),
                    digest = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_molecules", x => x.correlation_id);
                });

            migrationBuilder.CreateTable(
                name: "protomolecules",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    formula = table.Column<string>(type: "text", nullable: false),
                    json = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_protomolecules", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "rig_copies",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    prefix = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rig_copies", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "steps",
                columns: table => new
                {
                    molecule_id = table.Column<string>(type: "text", nullable: false),
                    step_id = table.Column<string>(type: "text", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    parent_id = table.Column<string>(type: "text", nullable: true),
                    spawned_by = table.Column<string>(type: "text", nullable: true),
                    work_item_id = table.Column<string>(type: "text", nullable: true),
                    item_version = table.Column<long>(type: "bigint", nullable: false),
                    item_ready = table.Column<bool>(type: "boolean", nullable: false),
                    open_children = table.Column<int>(type: "integer", nullable: false),
                    open_spawned = table.Column<int>(type: "integer", nullable: false),
                    done_spawned = table.Column<int>(type: "integer", nullable: false),
                    iteration = table.Column<int>(type: "integer", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    agent_id = table.Column<string>(type: "text", nullable: true),
                    fence = table.Column<long>(type: "bigint", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    failure_class = table.Column<string>(type: "text", nullable: true),
                    output = table.Column<string>(type: "text", nullable: true),
                    completion = table.Column<long>(type: "bigint", nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    not_before = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    definition = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_steps", x => new { x.molecule_id, x.step_id });
                });

            migrationBuilder.CreateIndex(
                name: "ix_gates_molecule_id_step_id",
                table: "gates",
                columns: new[] { "molecule_id", "step_id" });

            migrationBuilder.CreateIndex(
                name: "ix_gates_state_type_await_id",
                table: "gates",
                columns: new[] { "state", "type", "await_id" });

            migrationBuilder.CreateIndex(
                name: "ix_molecule_log_molecule_id_number",
                table: "molecule_log",
                columns: new[] { "molecule_id", "number" });

            migrationBuilder.CreateIndex(
                name: "ix_molecules_created_at_molecule_id",
                table: "molecules",
                columns: new[] { "created_at", "molecule_id" });

            migrationBuilder.CreateIndex(
                name: "ix_molecules_molecule_id",
                table: "molecules",
                column: "molecule_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_molecules_protomolecule_id",
                table: "molecules",
                column: "protomolecule_id");

            migrationBuilder.CreateIndex(
                name: "ix_steps_molecule_id_parent_id",
                table: "steps",
                columns: new[] { "molecule_id", "parent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_steps_molecule_id_state_item_ready",
                table: "steps",
                columns: new[] { "molecule_id", "state", "item_ready" });

            migrationBuilder.CreateIndex(
                name: "ix_steps_work_item_id",
                table: "steps",
                column: "work_item_id",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "formulas");

            migrationBuilder.DropTable(
                name: "gates");

            migrationBuilder.DropTable(
                name: "molecule_log");

            migrationBuilder.DropTable(
                name: "molecules");

            migrationBuilder.DropTable(
                name: "protomolecules");

            migrationBuilder.DropTable(
                name: "rig_copies");

            migrationBuilder.DropTable(
                name: "steps");
        }
    }
}
