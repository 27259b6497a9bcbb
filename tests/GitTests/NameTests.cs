using ClaudeManage.Git;

namespace ClaudeManage.GitTests;

public sealed class NameTests
{
    [Theory]
    [InlineData("-x"), InlineData("--upload-pack=touch /tmp/x"), InlineData("a..b"), InlineData("a/../b"), InlineData("a b"), InlineData("a\nb"), InlineData("a\0b")]
    [InlineData("a~1"), InlineData("a^"), InlineData("a:b"), InlineData("a?"), InlineData("a*"), InlineData("a["), InlineData("a\\b"), InlineData("@"), InlineData("a@{1}")]
    [InlineData("/a"), InlineData("a/"), InlineData("a//b"), InlineData(".a"), InlineData("a/.b"), InlineData("a."), InlineData("a.lock"), InlineData("a.lock/b"), InlineData("x/-y")]
    [InlineData(""), InlineData(null), InlineData("HEAD"), InlineData("refs/heads/a"), InlineData("0123456789012345678901234567890123456789")]
    public void Not_a_branch(string? name) => Assert.NotNull(GitNames.ValidateBranch(name));

    [Theory]
    [InlineData("main"), InlineData("cm/hq-a1b2c.3/7"), InlineData("feature/ümlaut"), InlineData("a@b"), InlineData("a-b_c.d")]
    public void A_branch(string name) => Assert.Null(GitNames.ValidateBranch(name));

    [Fact]
    public void Length_is_bounded() => Assert.NotNull(GitNames.ValidateRef(new string('a', 201)));

    [Theory]
    [InlineData("ext::sh -c touch% /tmp/x"), InlineData("fd::17"), InlineData("http://h/x"), InlineData("git://h/x"), InlineData("relative/path"), InlineData("/a/../b")]
    [InlineData("ssh://-oProxyCommand=touch/x"), InlineData("-oProxyCommand=x:y"), InlineData("git@-oProxyCommand=x:y"), InlineData("-x@host:path"), InlineData("git@host:-path")]
    [InlineData("ssh://-u@host/x"), InlineData("--upload-pack=x"), InlineData("https://h/a\nb"), InlineData("file://host/x"), InlineData("https://ext::x/y"), InlineData("a::b@c:d"), InlineData("")]
    public void Not_an_origin(string url) => Assert.NotNull(GitUrl.Validate(url));

    [Theory]
    [InlineData("/srv/a b.git"), InlineData("file:///srv/a.git"), InlineData("https://github.com/a/b.git"), InlineData("https://u:p@h:8443/a"), InlineData("ssh://git@h:22/a"), InlineData("git@github.com:a/b.git"), InlineData("ssh://[::1]/a")]
    public void An_origin(string url) => Assert.Null(GitUrl.Validate(url));

    [Fact]
    public void Secrets_are_blanked() => Assert.Equal("fatal: 'https://***@h/a' no", GitUrl.Redact("fatal: 'https://x:ghp_1@h/a' no"));

    [Theory]
    [InlineData("../a"), InlineData("/a"), InlineData("a/../../b"), InlineData(".git/config"), InlineData("a/.GIT/x"), InlineData("-a"), InlineData(":(top)"), InlineData("a//b")]
    public void Not_a_path(string path) => Assert.NotNull(GitNames.ValidatePath(path));

    [Fact]
    public void Trailers_join_a_trailer_paragraph()
    {
        Assert.Equal("s\n\nA: 1", Trailers.Append("s", "A: 1"));
        Assert.Equal("s\n\nb\n\nA: 1\nB: 2", Trailers.Append("s\n\nb\n\nA: 1\n", "A: 1\nB: 2"));
        Assert.Equal(["1"], Trailers.Read("s\n\nA: 1\nB: 2", "a"));
    }
}
