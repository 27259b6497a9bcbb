using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Convoy.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class LandTogether : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "atomic",
                table: "convoys",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "held_number",
                table: "convoys",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "hold_number",
                table: "convoys",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<bool>(
                name: "landing",
                table: "convoys",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "landing_failure",
                table: "convoys",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "landing_number",
                table: "convoys",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<bool>(
                name: "proved",
                table: "convoy_items",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "request_fence",
                table: "convoy_items",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "request_id",
                table: "convoy_items",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "request_version",
                table: "convoy_items",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "atomic",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "held_number",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "hold_number",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "landing",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "landing_failure",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "landing_number",
                table: "convoys");

            migrationBuilder.DropColumn(
                name: "proved",
                table: "convoy_items");

            migrationBuilder.DropColumn(
                name: "request_fence",
                table: "convoy_items");

            migrationBuilder.DropColumn(
                name: "request_id",
                table: "convoy_items");

            migrationBuilder.DropColumn(
                name: "request_version",
                table: "convoy_items");
        }
    }
}
