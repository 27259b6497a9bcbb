namespace ClaudeManage.Work.Features.Items;

/// <summary>Everything under <c>/work-items</c>.</summary>
static class ItemEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        CreateItems.Map(routes);
        ListItems.Map(routes);
        ShowItem.Map(routes);
        ShowGraph.Map(routes);
        EditItem.Map(routes);
        CloseItem.Map(routes);
        ReopenItem.Map(routes);
        TrashItem.Map(routes);
        EditDependencies.Map(routes);
        Comments.Map(routes);
    }
}
