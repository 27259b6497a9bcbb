using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Supervisor.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class StopTo : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "stop_to",
                table: "sessions",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "stop_to",
                table: "sessions");
        }
    }
}
