package peer

import (
	"context"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/bench/gotool"
)

// goTool is a tool that go install can build.
type goTool struct{ name, binary, version, pkg string }

var goTools = []goTool{
	{"aws-sso-cli", "aws-sso", "version", "github.com/synfinatic/aws-sso-cli/cmd/aws-sso@latest"},
	{"granted", "granted", "--version", "github.com/fwdcloudsec/granted/cmd/granted@latest"},
	{"aws-vault", "aws-vault", "--version", "github.com/byteness/aws-vault/v7@latest"},
}

// installTimeout limits the download and the build.
const installTimeout = 15 * time.Minute

// offline is why these tools get no credentials here.
const offline = "only its start and size: it takes its endpoints from the region, so it cannot sign in on loopback"

// find returns the tool of the PATH, or installs it into dir.
func (t goTool) find(ctx context.Context, dir string, install bool) Peer {
	p := Peer{Name: t.name, Offline: offline}
	path, err := exec.LookPath(t.binary)
	switch {
	case err == nil:
	case !install:
		p.Missing = "not in the PATH, and -quick installs nothing"
	default:
		path = filepath.Join(dir, t.binary)
		if err := t.install(ctx, dir); err != nil {
			p.Missing = reason(err)
		}
	}
	if p.Missing != "" {
		return p
	}
	p.start, p.files = []string{path, t.version}, []string{path}
	if info, err := buildinfo.ReadFile(path); err == nil {
		p.Version = info.Main.Version
	}
	return p
}

// install builds the tool outside this module, so that its dependencies do not become ours.
func (t goTool) install(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	_, err := gotool.Run(ctx, os.TempDir(), []string{"GOBIN=" + dir, "CGO_ENABLED=0", "GOFLAGS=-ldflags=-s"}, "install", t.pkg)
	return err
}

// reason returns the message of the go command in one line, without the command line.
func reason(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if _, after, found := strings.Cut(text, "go: "); found {
		return after
	}
	return text
}
