using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Hook.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class StepCommand : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "run",
                table: "assignments",
                type: "text",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_assignments_waiting_runs",
                table: "assignments",
                column: "rig_id",
                filter: "run is not null and state = 'queued'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_assignments_waiting_runs",
                table: "assignments");

            migrationBuilder.DropColumn(
                name: "run",
                table: "assignments");
        }
    }
}
