package latchkey_test

import (
	"context"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// linkedModules lists the modules of others that the command may link. Each can read every secret that it handles.
var linkedModules = []string{
	"filippo.io/age",                       // encrypts token stores
	"filippo.io/hpke",                      // of age, for post-quantum identities
	"github.com/aws/aws-sdk-go-v2",         // the types of credentials, retries and signatures
	"github.com/aws/smithy-go",             // the middleware of the clients
	"github.com/cli/browser",               // opens the browser
	"github.com/danieljoos/wincred",        // of go-keyring, on Windows
	"github.com/godbus/dbus/v5",            // of go-keyring, on Linux, and finds out why it fails
	"github.com/gofrs/flock",               // locks
	"github.com/rogpeppe/go-internal",      // the diff of configure --dry-run
	"github.com/inconshreveable/mousetrap", // of cobra, on Windows
	"github.com/spf13/cobra",               // commands and flags
	"github.com/spf13/pflag",               // of cobra
	"github.com/zalando/go-keyring",        // the keyring of the system
	"golang.org/x/crypto",                  // of age
	"golang.org/x/sync",                    // errgroup and singleflight
	"golang.org/x/sys",                     // system calls
	"golang.org/x/term",                    // passwords and raw mode
	"golang.org/x/text",                    // the width of characters
	"rsc.io/qr",                            // the QR code of a sign-in
}

func TestLinkedModules(t *testing.T) {
	filetest.SkipUnderWine(t, "go command")
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.CommandContext(context.Background(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./cmd/latchkey")
		cmd.Env = append(cmd.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		modules := strings.Fields(string(out))
		for _, path := range slices.Compact(slices.Sorted(slices.Values(modules))) {
			if path != module && !slices.Contains(linkedModules, path) {
				t.Errorf("on %s, the command links %s: say in linkedModules what for", system, path)
			}
		}
	}
}

// TestEveryModuleIsUpdated checks that dependabot proposes updates for every module, and that the workflows also check the
// module of the Redis store.
func TestEveryModuleIsUpdated(t *testing.T) {
	dependabot := filetest.Read(t, filepath.FromSlash(".github/dependabot.yml"))
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "go.mod" {
			return err
		}
		if dir := filepath.ToSlash(filepath.Dir(path)); dir != "." && !strings.Contains(dependabot, `"/`+dir+`"`) {
			t.Errorf(".github/dependabot.yml does not name the module %s", dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for page, want := range map[string]string{
		".github/workflows/ci.yml":     "go -C tokencache/redis tool -modfile=../../tools/go.mod govulncheck",
		".github/workflows/codeql.yml": "go -C tokencache/redis build ./...",
	} {
		if !strings.Contains(filetest.Read(t, filepath.FromSlash(page)), want) {
			t.Errorf("%s does not run %s", page, want)
		}
	}
}

// pinned is an action at a commit, with its version for dependabot and readers.
var pinned = regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// TestWorkflowsHaveFewRights checks that a workflow can change nothing in the repository unless a job asks for it, runs no
// code of a pull request with secrets, pins its actions, and leaves no credentials in a checkout.
func TestWorkflowsHaveFewRights(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(".github", "workflows", "*.yml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("workflows: %v, %v", files, err)
	}
	for _, path := range files {
		text := filetest.Read(t, path)
		if !strings.Contains(text, "\npermissions:\n  contents: read\n\n") {
			t.Errorf("%s: the default permissions are not contents: read alone", path)
		}
		for _, forbidden := range []string{"pull_request_target", "workflow_run", "write-all", "${{ github.event.", "${{ github.head_ref"} {
			if strings.Contains(text, forbidden) {
				t.Errorf("%s has %q", path, forbidden)
			}
		}
		for line := range strings.Lines(text) {
			if _, action, ok := strings.Cut(line, "uses: "); ok && !pinned.MatchString(strings.TrimSpace(action)) {
				t.Errorf("%s: %s is not pinned to a commit", path, strings.TrimSpace(action))
			}
		}
		if checkouts, kept := strings.Count(text, "uses: actions/checkout@"), strings.Count(text, "persist-credentials: false"); checkouts != kept {
			t.Errorf("%s: %d of %d checkouts keep no credentials", path, kept, checkouts)
		}
	}
}
