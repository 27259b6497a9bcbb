using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Health.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ConvoyNotices : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "about",
                table: "notices",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "convoy_id",
                table: "notices",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "about",
                table: "notices");

            migrationBuilder.DropColumn(
                name: "convoy_id",
                table: "notices");
        }
    }
}
