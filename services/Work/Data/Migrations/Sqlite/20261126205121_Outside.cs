using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Work.Data.Migrations.Sqlite
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
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    sequence = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_event_mirror", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "ingest_rejections",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: true),
                    message_id = table.Column<string>(type: "TEXT", nullable: true),
                    code = table.Column<string>(type: "TEXT", nullable: false),
                    path = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_ingest_rejections", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "ingested",
                columns: table => new
                {
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false),
                    work_items = table.Column<string>(type: "TEXT", nullable: false)
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
