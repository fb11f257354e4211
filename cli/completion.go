package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// shells are the shells that completion knows.
var shells = map[string]func(root *cobra.Command, w io.Writer) error{
	"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
	"zsh":        (*cobra.Command).GenZshCompletion,
	"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
}

var shellNames = []string{"bash", "zsh", "fish", "powershell"}

func newCompletionCmd(d deps) *cobra.Command {
	return &cobra.Command{
		Use:   "completion " + strings.Join(shellNames, "|"),
		Short: "Write a script that completes commands in a shell",
		Long: `Write the script with which a shell completes patchtrace's commands, flags and
playbook names. To load it in the shell that is open now:

  bash        source <(patchtrace completion bash)
  zsh         source <(patchtrace completion zsh)
  fish        patchtrace completion fish | source
  powershell  patchtrace completion powershell | Out-String | Invoke-Expression

To load it in every new shell, write it where the shell looks for it:

  bash        /etc/bash_completion.d/patchtrace
  zsh         "${fpath[1]}/_patchtrace"
  fish        ~/.config/fish/completions/patchtrace.fish
  powershell  $PROFILE, at its end

bash needs its bash-completion package; zsh needs compinit to be loaded.`,
		Example:               "  patchtrace completion powershell | Out-String | Invoke-Expression",
		ValidArgs:             shellNames,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || shells[args[0]] == nil {
				return usageError(cmd, "name one shell", "use "+orList(shellNames))
			}
			return writeError(shells[args[0]](cmd.Root(), d.streams.Out))
		},
	}
}
