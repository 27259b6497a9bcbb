using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Convoy.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Dispatch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "closed_at",
                table: "item_copies",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<decimal>(
                name: "cost_usd",
                table: "item_copies",
                type: "numeric",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "labels",
                table: "item_copies",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "moved_at",
                table: "item_copies",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "parent_id",
                table: "item_copies",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "priority",
                table: "item_copies",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "revision",
                table: "item_copies",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "started_at",
                table: "item_copies",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "trashed",
                table: "item_copies",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "type",
                table: "item_copies",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "auto",
                table: "convoys",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<Guid>(
                name: "check_token",
                table: "convoys",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "max_parallel",
                table: "convoys",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "paused",
                table: "convoys",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "stall_after_seconds",
                table: "convoys",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "stranded_at",
                table: "convoys",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "stranded_code",
                table: "convoys",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "stranded_item",
                table: "convoys",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "stranded_next",
                table: "convoys",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "stranded_reason",
                table: "convoys",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "watched",
                table: "convoys",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "hold",
                table: "convoy_items",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "hold_reason",
                table: "convoy_items",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "rank",
                table: "convoy_items",
                type: "double precision",
                nullable: false,
                defaultValue: 0.0);

            migrationBuilder.AddColumn<int>(
                name: "slings",
                table: "convoy_items",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "slung_at",
                table: "convoy_items",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "slung_revision",
                table: "convoy_items",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "rig_copies",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    max_workers = table.Column<int>(type: "integer", nullable: false),
                    stall_after_seconds = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rig_copies", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_item_copies_parent_id",
                table: "item_copies",
                column: "parent_id");

            migrationBuilder.CreateIndex(
                name: "ix_item_copies_rig_id_closed_at",
                table: "item_copies",
                columns: new[] { "rig_id", "closed_at" });

            migrationBuilder.CreateIndex(
                name: "ix_convoys_auto_state",
                table: "convoys",
                columns: new[] { "auto", "state" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "rig_copies");

            migrationBuilder.DropIndex(
                name: "ix_item_copies_parent_id",
                table: "item_copies");

            migrationBuilder.DropIndex(
                name: "ix_item_copies_rig_id_closed_at",
                table: "item_copies");

            migrationBuilder.DropIndex(
                name: "ix_convoys_auto_state",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "closed_at",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "cost_usd",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "labels",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "moved_at",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "parent_id",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "priority",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "revision",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "started_at",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "trashed",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "type",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "auto",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "check_token",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "max_parallel",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "paused",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "stall_after_seconds",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "stranded_at",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "stranded_code",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "stranded_item",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "stranded_next",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "stranded_reason",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "watched",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "hold",
                table: "convoy_items");

            migrationBuilder.DropColumn(
                name: "hold_reason",
                table: "convoy_items");

            migrationBuilder.DropColumn(
                name: "rank",
                table: "convoy_items");

            migrationBuilder.DropColumn(
                name: "slings",
                table: "convoy_items");

            migrationBuilder.DropColumn(
                name: "slung_at",
                table: "convoy_items");

            migrationBuilder.DropColumn(
                name: "slung_revision",
                table: "convoy_items");
        }
    }
}
