using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Hook.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class WaitingSlings : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "item_version",
                table: "wisp_steps",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "waiting_slings",
                columns: table => new
                {
                    work_item_id = table.Column<string>(type: "TEXT", nullable: false),
                    plan_id = table.Column<string>(type: "TEXT", nullable: false),
                    item_version = table.Column<long>(type: "INTEGER", nullable: false),
                    command = table.Column<string>(type: "TEXT", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_waiting_slings", x => new { x.work_item_id, x.plan_id });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "waiting_slings");

            migrationBuilder.DropColumn(
                name: "item_version",
                table: "wisp_steps");
        }
    }
}
