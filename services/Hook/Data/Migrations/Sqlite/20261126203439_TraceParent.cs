using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Hook.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class TraceParent : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "trace_parent",
                table: "item_copies",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "trace_parent",
                table: "assignments",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "trace_parent",
                table: "item_copies");

            migrationBuilder.DropColumn(
                name: "trace_parent",
                table: "assignments");
        }
    }
}
