package peer

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeTool puts a script of that name into a new directory.
func fakeTool(t *testing.T, name, script string) (dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("runs a shell script")
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAWSCLI checks that a version 2 is found behind a version 1, and that a version 1 alone is named.
func TestAWSCLI(t *testing.T) {
	v1 := fakeTool(t, "aws", "echo aws-cli/1.45.11 Python/3.11.7")
	v2 := fakeTool(t, "aws", "echo aws-cli/2.9.19 Python/3.11.2")
	t.Setenv("PATH", v1+string(filepath.ListSeparator)+v2)
	p := awsCLI(t.Context())
	if err := p.readVersion(t.Context()); err != nil || p.Missing != "" || p.Version != "2.9.19" {
		t.Errorf("error %v, missing %q, version %q", err, p.Missing, p.Version)
	}
	t.Setenv("PATH", v1)
	if p := awsCLI(t.Context()); !strings.Contains(p.Missing, "version 1") {
		t.Errorf("missing %q, want the version named", p.Missing)
	}
	t.Setenv("PATH", t.TempDir())
	if p := awsCLI(t.Context()); !strings.Contains(p.Missing, "no aws") {
		t.Errorf("missing %q", p.Missing)
	}
}

// TestGoTool checks that a tool that cannot be installed is there with the reason, and that one in the PATH is used.
func TestGoTool(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	tool := goTool{"tool", "some-tool", "--version", "example.com/some-tool@latest"}
	if p := tool.find(t.Context(), t.TempDir(), true); p.Name != "tool" || !strings.Contains(p.Missing, "GOPROXY=off") || strings.Contains(p.Missing, "\n") {
		t.Errorf("missing %q, want one line with the reason", p.Missing)
	}
	if p := tool.find(t.Context(), t.TempDir(), false); !strings.Contains(p.Missing, "-quick") {
		t.Errorf("missing %q", p.Missing)
	}
	dir := fakeTool(t, "some-tool", "echo some-tool 1.2.3")
	t.Setenv("PATH", dir)
	p := tool.find(t.Context(), t.TempDir(), true)
	if err := p.readVersion(t.Context()); err != nil || p.Missing != "" || p.Version != "1.2.3" || p.Offline == "" {
		t.Errorf("error %v, %+v", err, p)
	}
	if size, err := p.Size(); err != nil || size < 10 {
		t.Errorf("size %d, error %v", size, err)
	}
}
