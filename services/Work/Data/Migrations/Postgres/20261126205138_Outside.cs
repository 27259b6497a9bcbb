using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Work.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Outside : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "event_mirror",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    sequence = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_event_mirror", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "ingest_rejections",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false),
                    type = table.Column<string>(type: "text", nullable: true),
                    message_id = table.Column<string>(type: "text", nullable: true),
                    code = table.Column<string>(type: "text", nullable: false),
                    path = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_ingest_rejections", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "ingested",
                columns: table => new
                {
                    source = table.Column<string>(type: "text", nullable: false),
                    id = table.Column<string>(type: "text", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    work_items = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_ingested", x => new { x.source, x.id });
                });

            migrationBuilder.CreateIndex(
                name: "ix_work_items_external_ref",
                table: "work_items",
                column: "external_ref",
                filter: "external_ref is not null");

            migrationBuilder.CreateIndex(
                name: "ix_ingest_rejections_at_source",
                table: "ingest_rejections",
                columns: new[] { "at", "source" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "event_mirror");

            migrationBuilder.DropTable(
                name: "ingest_rejections");

            migrationBuilder.DropTable(
                name: "ingested");

            migrationBuilder.DropIndex(
                name: "ix_work_items_external_ref",
                table: "work_items");
        }
    }
}
