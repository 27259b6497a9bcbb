using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ClaudeManage.Convoy.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class EachCost : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "item_costs",
                columns: table => new
                {
                    work_item_id = table.Column<string>(type: "text", nullable: false),
                    fence = table.Column<long>(type: "bigint", nullable: false),
                    usd = table.Column<decimal>(type: "numeric", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_item_costs", x => new { x.work_item_id, x.fence });
                });

            migrationBuilder.CreateTable(
                name: "molecule_copies",
                columns: table => new
                {
                    root_item_id = table.Column<string>(type: "text", nullable: false),
                    items = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_molecule_copies", x => x.root_item_id);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "item_costs");

            migrationBuilder.DropTable(
                name: "molecule_copies");
        }
    }
}
