using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Convoy.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Terms : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "cost_revision",
                table: "item_copies",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "ready_at",
                table: "item_copies",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "budget_low_at",
                table: "convoys",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<decimal>(
                name: "budget_usd",
                table: "convoys",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "deadline",
                table: "convoys",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "deadline_token",
                table: "convoys",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "late_at",
                table: "convoys",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "notify",
                table: "convoys",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "over_budget",
                table: "convoys",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "overdue_at",
                table: "convoys",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "convoy_timeline",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    convoy_id = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    what = table.Column<string>(type: "TEXT", nullable: false),
                    work_item_id = table.Column<string>(type: "TEXT", nullable: true),
                    actor = table.Column<string>(type: "TEXT", nullable: true),
                    detail = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_convoy_timeline", x => x.number);
                });

            migrationBuilder.CreateIndex(
                name: "ix_convoy_timeline_convoy_id_number",
                table: "convoy_timeline",
                columns: new[] { "convoy_id", "number" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "convoy_timeline");

            migrationBuilder.DropColumn(
                name: "cost_revision",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "ready_at",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "budget_low_at",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "budget_usd",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "deadline",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "deadline_token",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "late_at",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "notify",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "over_budget",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "overdue_at",
                table: "convoys");
        }
    }
}
