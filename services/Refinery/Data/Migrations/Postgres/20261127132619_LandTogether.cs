using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Refinery.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class LandTogether : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "lands_with",
                table: "merge_requests",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "convoy_landings",
                columns: table => new
                {
                    convoy_id = table.Column<string>(type: "text", nullable: false),
                    hold_number = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false),
                    phase = table.Column<string>(type: "text", nullable: false),
                    ordered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    move_by = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_convoy_landings", x => x.convoy_id);
                });

            migrationBuilder.CreateTable(
                name: "held_items",
                columns: table => new
                {
                    item_id = table.Column<string>(type: "text", nullable: false),
                    convoy_id = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_held_items", x => x.item_id);
                });

            migrationBuilder.CreateTable(
                name: "landing_parts",
                columns: table => new
                {
                    convoy_id = table.Column<string>(type: "text", nullable: false),
                    rig_id = table.Column<string>(type: "text", nullable: false),
                    place = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    target = table.Column<string>(type: "text", nullable: true),
                    before = table.Column<string>(type: "text", nullable: true),
                    after = table.Column<string>(type: "text", nullable: true),
                    revert = table.Column<string>(type: "text", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_landing_parts", x => new { x.convoy_id, x.rig_id });
                });

            migrationBuilder.CreateIndex(
                name: "ix_merge_requests_together",
                table: "merge_requests",
                column: "lands_with",
                filter: "lands_with is not null");

            migrationBuilder.CreateIndex(
                name: "ix_convoy_landings_phase",
                table: "convoy_landings",
                column: "phase");

            migrationBuilder.CreateIndex(
                name: "ix_held_items_convoy_id",
                table: "held_items",
                column: "convoy_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "convoy_landings");

            migrationBuilder.DropTable(
                name: "held_items");

            migrationBuilder.DropTable(
                name: "landing_parts");

            migrationBuilder.DropIndex(
                name: "ix_merge_requests_together",
                table: "merge_requests");

            migrationBuilder.DropColumn(
                name: "lands_with",
                table: "merge_requests");
        }
    }
}
