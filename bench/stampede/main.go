// Command stampede starts many processes of each tool that is installed at once,
// on a sign-in that has expired and whose refresh token the server rotates, and
// prints how many got credentials and how many refreshes they sent:
//
//	go -C bench run ./stampede
//
// The Go SDK and latchkey are built on the spot. The JavaScript SDK is taken from
// interop/js (npm ci), the AWS CLI from the PATH; what is missing is left out.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	account = "111122223333"
	session = "corp"
	latency = 100 * time.Millisecond
)

func main() {
	processes := flag.Int("n", 20, "how many processes of each tool")
	ours := flag.Int("latchkey", 100, "how many processes of latchkey")
	flag.Parse()
	if err := run(context.Background(), *processes, *ours); err != nil {
		fmt.Fprintln(os.Stderr, "stampede:", err)
		os.Exit(1)
	}
}

// tool is a program that gets credentials of the profile dev.
type tool struct {
	name      string
	processes int
	command   []string
}

func run(ctx context.Context, processes, ours int) error {
	bin, err := os.MkdirTemp("", "stampede-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	tools, err := find(ctx, bin, processes, ours)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "who\tgot credentials\trefreshes sent\trole requests\ttook")
	for _, t := range tools {
		row, err := t.stampede(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		fmt.Fprintln(table, row)
	}
	return table.Flush()
}

// find builds or looks up the tools there are.
func find(ctx context.Context, bin string, processes, ours int) ([]tool, error) {
	for from, what := range map[string]string{".": "./gosdk", "..": "./cmd/latchkey"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", bin+string(filepath.Separator), what)
		cmd.Dir, cmd.Stderr = from, os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("build %s: %w", what, err)
		}
	}
	tools := []tool{{"aws-sdk-go-v2", processes, []string{filepath.Join(bin, "gosdk"), "dev"}}}
	script, err := filepath.Abs("../interop/js/credentials.mjs")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(script), "node_modules")); err == nil {
		tools = append(tools, tool{"AWS SDK for JavaScript v3", processes, []string{"node", script, "sso", "dev"}})
	}
	if aws, ok := awsCLI(ctx); ok {
		tools = append(tools, tool{"AWS CLI", processes, []string{aws, "configure", "export-credentials", "--profile", "dev"}})
	}
	return append(tools, tool{"latchkey", ours, []string{filepath.Join(bin, "latchkey"), "credential-process", "--profile", "dev"}}), nil
}

// awsCLI returns the AWS CLI if it is one that can print credentials: version 2.
func awsCLI(ctx context.Context) (string, bool) {
	path, err := exec.LookPath("aws")
	if err != nil {
		return "", false
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	return path, err == nil && strings.HasPrefix(string(out), "aws-cli/2.")
}

// stampede runs the tool's processes at once and returns a row of the table.
func (t tool) stampede(ctx context.Context) (string, error) {
	server, err := idctest.Start(func(o *idctest.Options) {
		o.Latency = latency
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}}
	})
	if err != nil {
		return "", err
	}
	defer server.Close()
	home, err := os.MkdirTemp("", "stampede-home-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	if err := signInYesterday(ctx, server, home); err != nil {
		return "", err
	}
	env := server.Environ(home)
	var succeeded atomic.Int32
	var wg sync.WaitGroup
	start := time.Now()
	for range t.processes {
		cmd := exec.CommandContext(ctx, t.command[0], t.command[1:]...) //nolint:gosec // the tools found above
		cmd.Env = env
		wg.Go(func() {
			if cmd.Run() == nil {
				succeeded.Add(1)
			}
		})
	}
	wg.Wait()
	return fmt.Sprintf("%s\t%d of %d\t%d\t%d\t%s", t.name, succeeded.Load(), t.processes,
		server.Count("CreateToken"), server.Count("GetRoleCredentials"), time.Since(start).Round(10*time.Millisecond)), nil
}

// signInYesterday leaves in home what a sign-in of the day before has become.
func signInYesterday(ctx context.Context, server *idctest.Server, home string) error {
	signIn := server.SignIn()
	server.ExpireAccessTokens()
	signIn.ExpiresAt = time.Now().Add(-16 * time.Hour)
	tok, err := tokencache.Parse(signIn.TokenFile())
	if err != nil {
		return err
	}
	if err := tokencache.Dir(filepath.Join(home, ".aws", "sso", "cache")).Store(ctx, session, tok); err != nil {
		return err
	}
	config := fmt.Sprintf("[sso-session %s]\nsso_start_url = %s\nsso_region = %s\nsso_registration_scopes = sso:account:access\n\n"+
		"[profile dev]\nsso_session = %s\nsso_account_id = %s\nsso_role_name = Developer\nregion = eu-west-1\n",
		session, signIn.StartURL, signIn.Region, session, account)
	return os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(config), 0o600)
}
