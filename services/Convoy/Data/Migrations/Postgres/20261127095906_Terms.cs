using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace ClaudeManage.Convoy.Data.Migrations.Postgres
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
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "ready_at",
                table: "item_copies",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "budget_low_at",
                table: "convoys",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<decimal>(
                name: "budget_usd",
                table: "convoys",
                type: "numeric",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "deadline",
                table: "convoys",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "deadline_token",
                table: "convoys",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "late_at",
                table: "convoys",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "notify",
                table: "convoys",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "over_budget",
                table: "convoys",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "overdue_at",
                table: "convoys",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "convoy_timeline",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    convoy_id = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    what = table.Column<string>(type: "text", nullable: false),
                    work_item_id = table.Column<string>(type: "text", nullable: true),
                    actor = table.Column<string>(type: "text", nullable: true),
                    detail = table.Column<string>(type: "text", nullable: true)
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
