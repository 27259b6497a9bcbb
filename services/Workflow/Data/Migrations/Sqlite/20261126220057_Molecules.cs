using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Workflow.Data.Migrations.Sqlite
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
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    revision = table.Column<int>(type: "INTEGER", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    formula_version = table.Column<int>(type: "INTEGER", nullable: false),
                    description = table.Column<string>(type: "TEXT", nullable: true),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_formulas", x => new { x.name, x.revision });
                });

            migrationBuilder.CreateTable(
                name: "gates",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    molecule_id = table.Column<string>(type: "TEXT", nullable: false),
                    step_id = table.Column<string>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    await_id = table.Column<string>(type: "TEXT", nullable: true),
                    condition = table.Column<string>(type: "TEXT", nullable: true),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    by = table.Column<string>(type: "TEXT", nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_gates", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "molecule_log",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    molecule_id = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    step_id = table.Column<string>(type: "TEXT", nullable: true),
                    what = table.Column<string>(type: "TEXT", nullable: false),
                    from = table.Column<string>(type: "TEXT", nullable: true),
                    to = table.Column<string>(type: "TEXT", nullable: true),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    work_item_id = table.Column<string>(type: "TEXT", nullable: true),
                    agent_id = table.Column<string>(type: "TEXT", nullable: true),
                    fence = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_molecule_log", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "molecules",
                columns: table => new
                {
                    correlation_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    molecule_id = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    wisp = table.Column<bool>(type: "INTEGER", nullable: false),
                    paused = table.Column<bool>(type: "INTEGER", nullable: false),
                    formula = table.Column<string>(type: "TEXT", nullable: false),
                    protomolecule_id = table.Column<string>(type: "TEXT", nullable: false),
                    title = table.Column<string>(type: "TEXT", nullable: false),
                    rig_id = table.Column<string>(type: "TEXT", nullable: false),
                    convoy_id = table.Column<string>(type: "TEXT", nullable: true),
                    root_item_id = table.Column<string>(type: "TEXT", nullable: false),
                    assignee = table.Column<string>(type: "TEXT", nullable: true),
                    vars = table.Column<string>(type: "TEXT", nullable: false),
                    poured_by = table.Column<string>(type: "TEXT", nullable: false),
                    fork_of = table.Column<string>(type: "TEXT", nullable: true),
                    next_item = table.Column<int>(type: "INTEGER", nullable: false),
                    batches = table.Column<int>(type: "INTEGER", nullable: false),
                    total = table.Column<int>(type: "INTEGER", nullable: false),
                    open = table.Column<int>(type: "INTEGER", nullable: false),
                    active = table.Column<int>(type: "INTEGER", nullable: false),
                    waiting = table.Column<int>(type: "INTEGER", nullable: false),
                    completions = table.Column<long>(type: "INTEGER", nullable: false),
                    compensating = table.Column<string>(type: "TEXT", nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    digest = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_molecules", x => x.correlation_id);
                });

            migrationBuilder.CreateTable(
                name: "protomolecules",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    formula = table.Column<string>(type: "TEXT", nullable: false),
                    json = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_protomolecules", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "rig_copies",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    prefix = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rig_copies", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "steps",
                columns: table => new
                {
                    molecule_id = table.Column<string>(type: "TEXT", nullable: false),
                    step_id = table.Column<string>(type: "TEXT", nullable: false),
                    position = table.Column<int>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    parent_id = table.Column<string>(type: "TEXT", nullable: true),
                    spawned_by = table.Column<string>(type: "TEXT", nullable: true),
                    work_item_id = table.Column<string>(type: "TEXT", nullable: true),
                    item_version = table.Column<long>(type: "INTEGER", nullable: false),
                    item_ready = table.Column<bool>(type: "INTEGER", nullable: false),
                    open_children = table.Column<int>(type: "INTEGER", nullable: false),
                    open_spawned = table.Column<int>(type: "INTEGER", nullable: false),
                    done_spawned = table.Column<int>(type: "INTEGER", nullable: false),
                    iteration = table.Column<int>(type: "INTEGER", nullable: false),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    agent_id = table.Column<string>(type: "TEXT", nullable: true),
                    fence = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    failure_class = table.Column<string>(type: "TEXT", nullable: true),
                    output = table.Column<string>(type: "TEXT", nullable: true),
                    completion = table.Column<long>(type: "INTEGER", nullable: true),
                    started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    not_before = table.Column<long>(type: "INTEGER", nullable: true),
                    definition = table.Column<string>(type: "TEXT", nullable: false)
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
