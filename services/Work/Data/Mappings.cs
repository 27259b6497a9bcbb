using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ClaudeManage.Work.Data;

sealed class WorkItemMapping : IEntityTypeConfiguration<WorkItemRow>
{
    /// <summary>Of the indexes that hold only what is ready; named, so that a test can ask the planner about them.</summary>
    public const string ReadyIndex = "ix_work_items_ready", ReadyOfRigIndex = "ix_work_items_ready_of_rig";

    public void Configure(EntityTypeBuilder<WorkItemRow> item)
    {
        item.ToTable("work_items").HasKey(x => x.Id);
        item.Property(x => x.Id).HasMaxLength(80);
        item.Property(x => x.Stamp).IsConcurrencyToken();
        item.Property(x => x.Labels).HasJsonConversion();
        item.Property(x => x.Acceptance).HasJsonConversion();
        item.Property(x => x.Submission).HasJsonConversion();
        item.Property(x => x.Outcome).HasJsonConversion();
        item.HasIndex(x => new { x.Rank, x.Id }, ReadyIndex).HasFilter("ready");
        item.HasIndex(x => new { x.RigId, x.Rank, x.Id }, ReadyOfRigIndex).HasFilter("ready");
        item.HasIndex(x => new { x.CreatedAt, x.Id });
        item.HasIndex(x => new { x.RigId, x.CreatedAt, x.Id });
        item.HasIndex(x => new { x.State, x.CreatedAt, x.Id });
        item.HasIndex(x => x.ParentId);
        item.HasIndex(x => x.ConvoyId);
        item.HasIndex(x => x.AssignedAgentId);
        item.HasIndex(x => x.ExternalRef).HasFilter("external_ref is not null");
    }
}

static class RigAndCopyMapping
{
    public static void Apply(ModelBuilder model)
    {
        model.Entity<RigRow>(rig =>
        {
            rig.ToTable("rigs").HasKey(x => x.Id);
            rig.HasIndex(x => x.Prefix).IsUnique();
            rig.Property(x => x.Settings).HasJsonConversion();
            rig.Property(x => x.Version).IsConcurrencyToken();
        });
        model.Entity<EdgeRow>(edge =>
        {
            edge.ToTable("dependencies").HasKey(x => new { x.ItemId, x.TargetId });
            edge.HasIndex(x => new { x.TargetId, x.Type });
        });
        model.Entity<LabelRow>(label =>
        {
            label.ToTable("labels").HasKey(x => new { x.Label, x.ItemId });
            label.HasIndex(x => x.ItemId);
        });
        model.Entity<CommentRow>(comment =>
        {
            comment.ToTable("comments").HasKey(x => x.Id);
            comment.HasIndex(x => new { x.WorkItemId, x.CreatedAt, x.Id });
        });
        model.Entity<AssignmentCopyRow>(copy =>
        {
            copy.ToTable("assignment_copies").HasKey(x => x.Id);
            copy.HasIndex(x => new { x.WorkItemId, x.Revision });
            copy.Property(x => x.Revision).IsConcurrencyToken();
            copy.Property(x => x.Snapshot).HasJsonConversion();
        });
        model.Entity<MergeCopyRow>(copy =>
        {
            copy.ToTable("merge_copies").HasKey(x => x.Id);
            copy.HasIndex(x => new { x.WorkItemId, x.QueuedAt });
            copy.Property(x => x.Version).IsConcurrencyToken();
            copy.Property(x => x.Snapshot).HasJsonConversion();
        });
    }
}

static class OutsideMapping
{
    public static void Apply(ModelBuilder model)
    {
        model.Entity<IngestedRow>(row => row.ToTable("ingested").HasKey(x => new { x.Source, x.Id }));
        model.Entity<RejectionRow>(row =>
        {
            row.ToTable("ingest_rejections").HasKey(x => x.Id);
            row.Property(x => x.Id).ValueGeneratedNever();
            row.HasIndex(x => new { x.At, x.Source });
        });
        model.Entity<EventMirrorRow>(row =>
        {
            row.ToTable("event_mirror").HasKey(x => x.Id);
            row.Property(x => x.Id).ValueGeneratedNever();
        });
    }
}

static class TrailMapping
{
    public static void Apply(ModelBuilder model)
    {
        model.Entity<TrailRow>(row =>
        {
            row.ToTable("run_events").HasKey(x => x.Sequence);
            row.Property(x => x.Sequence).ValueGeneratedNever();
            row.HasIndex(x => x.EventId).IsUnique();
            row.HasIndex(x => new { x.WorkItemId, x.Sequence });
            row.HasIndex(x => new { x.RigId, x.Sequence });
            row.HasIndex(x => new { x.ConvoyId, x.Sequence });
            row.HasIndex(x => new { x.Actor, x.Sequence });
            row.HasIndex(x => new { x.WorkItemId, x.ItemVersion }, "ix_run_events_item_version").HasFilter("item_version is not null");
        });
        model.Entity<TrailHeadRow>(head =>
        {
            head.ToTable("trail_heads").HasKey(x => x.Id);
            head.Property(x => x.Id).ValueGeneratedNever();
        });
    }
}
