using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Health.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ConvoyOfEntry : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "convoy_id",
                table: "hook_entries",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "convoy_id",
                table: "hook_entries");
        }
    }
}
