using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Workflow.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Reopening : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "reopening",
                table: "steps",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "reopening",
                table: "molecules",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "reopening",
                table: "steps");

            migrationBuilder.DropColumn(
                name: "reopening",
                table: "molecules");
        }
    }
}
