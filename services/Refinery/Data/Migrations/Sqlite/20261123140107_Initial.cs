using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Refinery.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "dead_letters",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    queue = table.Column<string>(type: "TEXT", nullable: false),
                    message_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    content_type = table.Column<string>(type: "TEXT", nullable: false),
                    message_types = table.Column<string>(type: "TEXT", nullable: false),
                    body = table.Column<string>(type: "TEXT", nullable: false),
                    headers = table.Column<string>(type: "TEXT", nullable: true),
                    exception = table.Column<string>(type: "TEXT", nullable: false),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_dead_letters", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "gate_runs",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    rig_id = table.Column<string>(type: "TEXT", nullable: false),
                    merge_request_id = table.Column<string>(type: "TEXT", nullable: false),
                    round = table.Column<int>(type: "INTEGER", nullable: false),
                    gate = table.Column<string>(type: "TEXT", nullable: false),
                    definition = table.Column<string>(type: "TEXT", nullable: false),
                    tree = table.Column<string>(type: "TEXT", nullable: false),
                    commit = table.Column<string>(type: "TEXT", nullable: false),
                    on_target = table.Column<bool>(type: "INTEGER", nullable: false),
                    result = table.Column<string>(type: "TEXT", nullable: false),
                    exit_code = table.Column<int>(type: "INTEGER", nullable: true),
                    tries = table.Column<int>(type: "INTEGER", nullable: false),
                    flaky = table.Column<bool>(type: "INTEGER", nullable: false),
                    cached_from = table.Column<Guid>(type: "TEXT", nullable: true),
                    interrupted = table.Column<bool>(type: "INTEGER", nullable: false),
                    output_tail = table.Column<string>(type: "TEXT", nullable: true),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_gate_runs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "idempotency",
                columns: table => new
                {
                    key = table.Column<string>(type: "TEXT", maxLength: 400, nullable: false),
                    request_hash = table.Column<string>(type: "TEXT", nullable: false),
                    status = table.Column<int>(type: "INTEGER", nullable: false),
                    content_type = table.Column<string>(type: "TEXT", nullable: true),
                    location = table.Column<string>(type: "TEXT", nullable: true),
                    body = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_idempotency", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "inbox",
                columns: table => new
                {
                    message_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    consumer = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_inbox", x => new { x.message_id, x.consumer });
                });

            migrationBuilder.CreateTable(
                name: "item_marks",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    fence = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_item_marks", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "merge_queues",
                columns: table => new
                {
                    rig_id = table.Column<string>(type: "TEXT", nullable: false),
                    hold = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    held_by = table.Column<string>(type: "TEXT", nullable: true),
                    held_at = table.Column<long>(type: "INTEGER", nullable: true),
                    retry_at = table.Column<long>(type: "INTEGER", nullable: true),
                    failures = table.Column<int>(type: "INTEGER", nullable: false),
                    red_tip = table.Column<string>(type: "TEXT", nullable: true),
                    fresh_since = table.Column<long>(type: "INTEGER", nullable: false),
                    lease_holder = table.Column<string>(type: "TEXT", nullable: true),
                    lease_fence = table.Column<long>(type: "INTEGER", nullable: false),
                    lease_until = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_merge_queues", x => x.rig_id);
                });

            migrationBuilder.CreateTable(
                name: "merge_requests",
                columns: table => new
                {
                    correlation_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    current_state = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", maxLength: 80, nullable: true),
                    rig_id = table.Column<string>(type: "TEXT", nullable: false),
                    work_item_id = table.Column<string>(type: "TEXT", nullable: true),
                    item_version = table.Column<long>(type: "INTEGER", nullable: false),
                    title = table.Column<string>(type: "TEXT", nullable: false),
                    summary = table.Column<string>(type: "TEXT", nullable: true),
                    branch = table.Column<string>(type: "TEXT", nullable: false),
                    commit = table.Column<string>(type: "TEXT", nullable: false),
                    @base = table.Column<string>(name: "base", type: "TEXT", nullable: true),
                    target = table.Column<string>(type: "TEXT", nullable: false),
                    author = table.Column<string>(type: "TEXT", nullable: false),
                    privileged = table.Column<bool>(type: "INTEGER", nullable: false),
                    fence = table.Column<long>(type: "INTEGER", nullable: false),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    strategy = table.Column<string>(type: "TEXT", nullable: false),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    convoy_id = table.Column<string>(type: "TEXT", nullable: true),
                    wait_until = table.Column<long>(type: "INTEGER", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: true),
                    round = table.Column<int>(type: "INTEGER", nullable: false),
                    candidate = table.Column<string>(type: "TEXT", nullable: true),
                    candidate_tree = table.Column<string>(type: "TEXT", nullable: true),
                    tip = table.Column<string>(type: "TEXT", nullable: true),
                    tip_tree = table.Column<string>(type: "TEXT", nullable: true),
                    fresh_since = table.Column<long>(type: "INTEGER", nullable: false),
                    withdrawn = table.Column<string>(type: "TEXT", nullable: true),
                    gate_run_ids = table.Column<string>(type: "TEXT", nullable: false),
                    conflict = table.Column<string>(type: "TEXT", nullable: true),
                    feedback = table.Column<string>(type: "TEXT", nullable: true),
                    merged_commit = table.Column<string>(type: "TEXT", nullable: true),
                    queued_at = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_merge_requests", x => x.correlation_id);
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    message_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    destination = table.Column<string>(type: "TEXT", nullable: false),
                    content_type = table.Column<string>(type: "TEXT", nullable: false),
                    message_types = table.Column<string>(type: "TEXT", nullable: false),
                    body = table.Column<string>(type: "TEXT", nullable: false),
                    headers = table.Column<string>(type: "TEXT", nullable: true),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    trace_context = table.Column<string>(type: "TEXT", nullable: true),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "rig_copies",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    prefix = table.Column<string>(type: "TEXT", nullable: false),
                    git_url = table.Column<string>(type: "TEXT", nullable: true),
                    default_branch = table.Column<string>(type: "TEXT", nullable: true),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    merge = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rig_copies", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_dead_letters_queue",
                table: "dead_letters",
                column: "queue");

            migrationBuilder.CreateIndex(
                name: "ix_gate_runs_merge_request_id_round",
                table: "gate_runs",
                columns: new[] { "merge_request_id", "round" });

            migrationBuilder.CreateIndex(
                name: "ix_gate_runs_rig_id_started_at",
                table: "gate_runs",
                columns: new[] { "rig_id", "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_gate_runs_running",
                table: "gate_runs",
                column: "rig_id",
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_gate_runs_tree_definition",
                table: "gate_runs",
                columns: new[] { "tree", "definition" });

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_created_at",
                table: "idempotency",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_inbox_received_at",
                table: "inbox",
                column: "received_at");

            migrationBuilder.CreateIndex(
                name: "ix_merge_requests_id",
                table: "merge_requests",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_merge_requests_open",
                table: "merge_requests",
                column: "rig_id",
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_merge_requests_queued_at_id",
                table: "merge_requests",
                columns: new[] { "queued_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_merge_requests_rig_id_current_state",
                table: "merge_requests",
                columns: new[] { "rig_id", "current_state" });

            migrationBuilder.CreateIndex(
                name: "ix_merge_requests_work_item_id",
                table: "merge_requests",
                column: "work_item_id");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_due_at_id",
                table: "outbox",
                columns: new[] { "due_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_outbox_message_id",
                table: "outbox",
                column: "message_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "dead_letters");

            migrationBuilder.DropTable(
                name: "gate_runs");

            migrationBuilder.DropTable(
                name: "idempotency");

            migrationBuilder.DropTable(
                name: "inbox");

            migrationBuilder.DropTable(
                name: "item_marks");

            migrationBuilder.DropTable(
                name: "merge_queues");

            migrationBuilder.DropTable(
                name: "merge_requests");

            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "rig_copies");
        }
    }
}
