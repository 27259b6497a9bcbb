using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Unit.Surface;

/// <summary>What is asked of every text that is kept.</summary>
public sealed class ValidationTests
{
    [Theory]
    [InlineData("a\0b", "/reason: A text holds no NUL character; leave it out.")]
    [InlineData("too long", "/reason: At most 6 characters; these are 8.")]
    [InlineData("too\0long", "/reason: At most 6 characters; these are 8. /reason: A text holds no NUL character; leave it out.")]
    public void A_text_that_cannot_be_kept_is_refused_with_its_place(string text, string detail)
    {
        var refusal = Assert.Throws<RefusalException>(() => new Validation().MaxLength(text, 6, "/reason").ThrowIfInvalid()).Refusal;
        Assert.Equal((400, "invalid", "/reason", detail), (refusal.Status, refusal.Code, refusal.Pointer, refusal.Detail));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("fits")]
    public void Any_other_passes(string? text) => new Validation().MaxLength(text, 6, "/reason").NoNul(text, "/name").ThrowIfInvalid();
}
