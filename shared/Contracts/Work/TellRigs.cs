namespace ClaudeManage.Contracts.Work;

/// <summary>Command: say what every rig is like, for whoever keeps copies and has missed what was said before.</summary>
/// <param name="RequestedBy">A part of the suite.</param>
public sealed record TellRigs(string RequestedBy);

/// <summary>What a rig is like, said because somebody asked. Nothing happened, so it is no event and in no trail.</summary>
public sealed record RigTold(RigSnapshot Rig);
