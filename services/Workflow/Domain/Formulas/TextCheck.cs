namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Whether every text of a source can be kept: escapes can write what no text holds.</summary>
static class TextCheck
{
    /// <summary>False, with an error for each, when a text holds a NUL character or half of a surrogate pair.</summary>
    public static bool Holds(TableNode root, Problems problems)
    {
        Walk(root, "", problems);
        return !problems.HasErrors;
    }

    static void Walk(Node node, string place, Problems problems)
    {
        switch (node)
        {
            case TextNode text:
                Check(text.Value, place, text, problems);
                break;
            case ListNode list:
                for (var i = 0; i < list.Items.Count; i++) Walk(list.Items[i], $"{place}[{i}]", problems);
                break;
            case TableNode table:
                foreach (var (key, value) in table.Entries)
                {
                    Check(key, place, value, problems);
                    Walk(value, place.Length == 0 ? key : $"{place}.{key}", problems);
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
