package command

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

var docsDir = flag.String("docs", "", "keep the man pages and completions that TestDocs makes in this directory")

// TestDocs makes the man pages and completions of a release. They come from the commands,
// so they cannot disagree with them.
func TestDocs(t *testing.T) {
	dir := *docsDir
	if dir == "" {
		dir = t.TempDir()
	}
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	for _, d := range []string{man, completions} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	root := (&app{stdout: io.Discard, stderr: io.Discard}).rootCommand()
	root.DisableAutoGenTag = true
	header := &doc.GenManHeader{Title: "LATCHKEY", Section: "1", Source: "Latchkey", Manual: "Latchkey manual"}
	if err := doc.GenManTree(root, header, man); err != nil {
		t.Fatal(err)
	}
	for _, cmd := range append(root.Commands(), root) {
		if cmd.IsAvailableCommand() || cmd == root {
			wantPage(t, filepath.Join(man, pageName(cmd)), cmd)
		}
	}
	for name, generate := range map[string]func(io.Writer) error{
		"latchkey.bash": func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"_latchkey":     root.GenZshCompletion,
		"latchkey.fish": func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		"latchkey.ps1":  root.GenPowerShellCompletionWithDesc,
	} {
		var text bytes.Buffer
		if err := generate(&text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(completions, name), text.Bytes(), 0o644); err != nil {
			t.Error(err)
		}
	}
}

func pageName(cmd *cobra.Command) string {
	if cmd.HasParent() {
		return "latchkey-" + cmd.Name() + ".1"
	}
	return "latchkey.1"
}

// wantPage checks that a man page describes the command.
func wantPage(t *testing.T, path string, cmd *cobra.Command) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	if !bytes.Contains(page, []byte(cmd.Short)) {
		t.Errorf("%s does not describe the command", filepath.Base(path))
	}
}
