// Command bare does nothing, with what every command of this kind has to link:
// net/http and cobra. It is the floor the other programs are held against.
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	var url string
	root := &cobra.Command{Use: "bare", SilenceUsage: true}
	run := &cobra.Command{Use: "run", RunE: func(cmd *cobra.Command, _ []string) error {
		if url != "" {
			resp, err := http.Get(url) //nolint:gosec,noctx // never called: it keeps net/http linked
			if err != nil {
				return err
			}
			defer resp.Body.Close()
		}
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "{}")
		return err
	}}
	run.Flags().StringVar(&url, "url", "", "")
	root.AddCommand(run)
	if root.Execute() != nil {
		os.Exit(1)
	}
}
