using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Health.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Deacon : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "chain",
                table: "patrols",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "pulses",
                columns: table => new
                {
                    service = table.Column<string>(type: "text", nullable: false),
                    replica = table.Column<string>(type: "text", nullable: false),
                    pulse = table.Column<string>(type: "text", nullable: false),
                    heard_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pulses", x => new { x.service, x.replica });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "pulses");

            migrationBuilder.DropColumn(
                name: "chain",
                table: "patrols");
        }
    }
}
