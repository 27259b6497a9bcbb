using System.CommandLine;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm completion</c>: a script that lets a shell complete commands and options by asking <c>cm</c>.</summary>
static class ShellCompletion
{
    // Each asks `cm "[suggest:POSITION]" "LINE"`, which prints one word per line.
    static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            # cm completion for bash: add to ~/.bashrc:  source <(cm completion bash)
            _cm() {
              local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]}
              COMPREPLY=($(compgen -W "$(cm "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$word"))
            }
            complete -o default -F _cm cm
            """,
        ["zsh"] = """
            # cm completion for zsh: add to ~/.zshrc after compinit:  source <(cm completion zsh)
            _cm() {
              local -a words_found
              words_found=("${(@f)$(cm "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}")
              (( ${#words_found} )) && compadd -a words_found || _files
            }
            compdef _cm cm
            """,
        ["fish"] = """
            # cm completion for fish: cm completion fish > ~/.config/fish/completions/cm.fish
            complete -c cm -a '(set -l line (commandline -cp); cm "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)'
            """,
        ["pwsh"] = """
            # cm completion for PowerShell: add to $PROFILE:  cm completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName cm -ScriptBlock {
              param($word, $ast, $position)
              cm "[suggest:$position]" "$ast" 2>$null | Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Make(CommandLine cli)
    {
        var shell = new Argument<string>("shell") { Description = $"One of {string.Join(", ", Scripts.Keys)}." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        return cli.Verb("completion", "Print a script that completes cm in a shell.", [shell], (run, _) =>
        {
            run.Terminal.Out.WriteLine(Scripts[run.Get(shell)]);
            return Task.FromResult(ExitCodes.Ok);
        }, "source <(cm completion bash)", "cm completion fish > ~/.config/fish/completions/cm.fish");
    }
}
