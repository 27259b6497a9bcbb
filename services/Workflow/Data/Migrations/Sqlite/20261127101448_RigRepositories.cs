using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Workflow.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RigRepositories : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "default_branch",
                table: "rig_copies",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "git_url",
                table: "rig_copies",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "default_branch",
                table: "rig_copies");

            migrationBuilder.DropColumn(
                name: "git_url",
                table: "rig_copies");
        }
    }
}
