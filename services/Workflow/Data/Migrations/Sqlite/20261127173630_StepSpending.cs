using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Workflow.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class StepSpending : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "spending",
                table: "steps",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "spending",
                table: "steps");
        }
    }
}
