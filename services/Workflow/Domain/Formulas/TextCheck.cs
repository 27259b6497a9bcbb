namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Whether a source can be kept and read again: escapes can write what no text holds, and dots can nest for ever.</summary>
static class TextCheck
{
    /// <summary>Steps nest ten deep, which are two levels each.</summary>
    const int MaxDepth = 24;

    /// <summary>False, with an error for each, when a text holds a NUL character or half of a surrogate pair, or something is nested too deep.</summary>
    public static bool Holds(TableNode root, Problems problems)
    {
        Walk(root, "", 0, problems);
        return !problems.HasErrors;
    }

    static void Walk(Node node, string place, int depth, Problems problems)
    {
        if (depth > MaxDepth)
        {
            problems.Error(place, $"nested more than {MaxDepth} deep", node);
            return;
        }
        switch (node)
        {
            case TextNode text:
                Check(text.Value, place, text, problems);
                break;
            case ListNode list:
                for (var i = 0; i < list.Items.Count; i++) Walk(list.Items[i], $"{place}[{i}]", depth + 1, problems);
                break;
            case TableNode table:
                foreach (var (key, value) in table.Entries)
                {
                    Check(key, place, value, problems);
                    Walk(value, place.Length == 0 ? key : $"{place}.{key}", depth + 1, problems);
                }
                break;
        }
    }

    static void Check(string text, string place, Node at, Problems problems)
    {
        if (text.Contains('\0')) problems.Error(place, "a text holds no NUL character; leave it out", at);
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) i++;
            else
            {
                problems.Error(place, "half of a surrogate pair is no character; write the character itself or both halves", at);
                return;
            }
        }
    }
}
