package command

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/buildinfo"
)

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Show the version of latchkey",
		Example: `  latchkey version --json`,
		Args:    noArgsOrProfile,
		RunE: func(*cobra.Command, []string) error {
			info := buildinfo.Read()
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(info)
			}
			fmt.Fprintf(a.stdout, "latchkey version %s\n", info.Version)
			if info.Commit != "" {
				fmt.Fprintf(a.stdout, "commit %s (%s)\n", info.Commit, info.Time)
			}
			fmt.Fprintf(a.stdout, "%s %s\n", info.Go, info.Platform)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
