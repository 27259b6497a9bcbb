using ClaudeManage.Contracts.Identity;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Unit.Contracts;

/// <summary>Who may be called what, and how an address stands in a path.</summary>
public sealed class ActorAddressTests
{
    [Theory]
    [InlineData("overseer"), InlineData("overseer/eve"), InlineData("mayor"), InlineData("deacon"), InlineData("shop/witness"), InlineData("shop/refinery")]
    [InlineData("shop/crew/ada"), InlineData("shop/polecats/nux-2"), InlineData("external/jira"), InlineData("system/hook")]
    public void Is_an_address(string address) => Assert.True(ActorAddress.IsValid(address));

    [Theory]
    [InlineData(null), InlineData(""), InlineData("shop"), InlineData("shop/crew"), InlineData("Shop/crew/ada"), InlineData("shop/crew/ada/x"), InlineData("shop/other/ada")]
    [InlineData("shop/crew/"), InlineData("-x/crew/ada"), InlineData("shop/crew/a b"), InlineData("shop/crew/../ada"), InlineData("mayor/crew/ada"), InlineData("shop/pool")]
    [InlineData("shop/crew/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Is_none(string? address) => Assert.False(ActorAddress.IsValid(address));

    [Theory]
    [InlineData("/hooks/shop/polecats/nux/claim", "/hooks/shop~polecats~nux/claim")]
    [InlineData("/hooks/shop/pool/sling", "/hooks/shop~pool/sling")]
    [InlineData("/hooks/overseer/eve/claim", "/hooks/overseer~eve/claim")]
    [InlineData("/agents/shop/crew/ada", "/agents/shop~crew~ada")]
    [InlineData("/agents/shop/crew/ada/health", "/agents/shop~crew~ada/health")]
    [InlineData("/hooks/mayor/claim", null), InlineData("/hooks/shop%2Fpool/claim", null), InlineData("/work-items/a/b/c", null)]
    public void Stands_in_a_path_with_its_slashes(string path, string? folded) => Assert.Equal(folded, AddressPath.Fold(path));

    [Theory]
    [InlineData("shop~polecats~nux"), InlineData("shop%2Fpolecats%2Fnux"), InlineData("shop%2fpolecats%2fnux")]
    public void Is_read_back(string segment)
    {
        Assert.True(AddressPath.TryParse(segment, null, out var address));
        Assert.Equal("shop/polecats/nux", address.Value);
    }
}
