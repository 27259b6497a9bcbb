using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Hook.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class MailTakes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "taken_until",
                table: "mail",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "takes",
                table: "mail",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "taken_until",
                table: "mail");

            migrationBuilder.DropColumn(
                name: "takes",
                table: "mail");
        }
    }
}
