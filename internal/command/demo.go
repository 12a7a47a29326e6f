package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Try latchkey without an AWS account",
		Long: `Sign in to a fake Identity Center on this machine, get credentials, and refresh the
sign-in with ten processes at once. The demo needs no AWS account and no network. It
uses a temporary home directory and removes it at the end.`,
		Example: `  latchkey demo`,
		Args:    noArgsOrProfile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			signal.Ignore(syscall.SIGPIPE) // from "latchkey demo | head", which would leave the directory behind
			err := a.demo(ctx)
			if ctx.Err() != nil {
				return interrupt.Cause(ctx)
			}
			return err
		},
	}
}

// demoProcesses is the number of processes that need the expired token at once.
const demoProcesses = 10

// demonstration is a run of the demo.
type demonstration struct {
	*app
	self   string // this program
	home   string
	server *idctest.Server
	step   int
}

func (a *app) demo(ctx context.Context) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "latchkey-demo-")
	if err != nil {
		return fmt.Errorf("make a home directory for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	server, err := idctest.Start(func(o *idctest.Options) { //nolint:contextcheck // Close ends it
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "demo", Email: "demo@example.com", Roles: []string{"Developer", "Auditor"}}}
	})
	if err != nil {
		return err
	}
	defer server.Close()

	d := &demonstration{app: a, self: self, home: home, server: server}
	for _, step := range []func(context.Context) error{
		d.writeConfig, d.signIn, d.firstProcess, d.secondProcess, d.expire, d.manyProcesses, d.printJSON,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demonstration) say(format string, args ...any) {
	fmt.Fprintf(d.stderr, format+"\n", args...)
}

// begin announces the next step.
func (d *demonstration) begin(format string, args ...any) {
	d.step++
	d.say("\n%d. "+format, append([]any{d.step}, args...)...)
}

func (d *demonstration) path(elem ...string) string {
	return filepath.Join(append([]string{d.home, ".aws"}, elem...)...)
}

const demoConfig = `[sso-session demo]
sso_start_url = https://d-0123456789.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access

[profile dev]
sso_session = demo
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1

[profile audit]
sso_session = demo
sso_account_id = 111122223333
sso_role_name = Auditor
region = eu-west-1
`

func (d *demonstration) writeConfig(context.Context) error {
	d.begin("A fake Identity Center is running at %s. The config file\n   %s is in the AWS CLI's format.", d.server.URL(), d.path("config"))
	if err := os.MkdirAll(d.path(), 0o700); err != nil {
		return err
	}
	return os.WriteFile(d.path("config"), []byte(demoConfig), 0o600)
}

// load reads a profile of the demo's config file, in the demo's environment.
func (d *demonstration) load(name string) (*profile.Profile, error) {
	env := map[string]string{}
	for _, kv := range d.server.Environ(d.home) {
		k, v, _ := strings.Cut(kv, "=")
		env[k] = v
	}
	return profile.Load(name, func(o *profile.Options) {
		o.Getenv = func(key string) string { return env[key] }
	})
}

func (d *demonstration) cache() tokencache.Dir {
	return tokencache.Dir(d.path("sso", "cache"))
}

func (d *demonstration) signIn(ctx context.Context) error {
	d.begin("latchkey login --profile dev: a user would approve it in a browser.")
	p, err := d.load("dev")
	if err != nil {
		return err
	}
	var approved error
	ui := login.UI{ShowCode: func(c login.DeviceCode) {
		d.say("   Open %s and enter the code %s.", c.VerificationURI, c.UserCode)
		approved = d.server.Approve(c.UserCode)
		d.say("   (The demo has approved it.)")
	}}
	tok, err := login.Login(ctx, p.SignIn(), ui, func(o *login.Options) {
		o.TokenCache = d.cache()
		o.Logger = d.logger()
	})
	if err := errors.Join(approved, err); err != nil {
		return err
	}
	d.say("   Signed in until %s. The token is in the cache of all AWS tools:\n   %s",
		when(tok.ExpiresAt, d.now()), d.cache().Path(p.Session.CacheKey()))
	return nil
}

func (d *demonstration) firstProcess(ctx context.Context) error {
	d.begin("latchkey credential-process --profile dev: credentials for the role.")
	return d.oneProcess(ctx, " They are cached in\n   "+d.path("cli", "cache"))
}

func (d *demonstration) secondProcess(ctx context.Context) error {
	d.begin("The same in another process.")
	return d.oneProcess(ctx, "")
}

// oneProcess runs credential-process, prints its requests and its duration, and then more.
func (d *demonstration) oneProcess(ctx context.Context, more string) error {
	d.server.ResetRequests()
	start := d.now()
	if _, err := d.credentialProcess(ctx, "dev"); err != nil {
		return err
	}
	d.say("   %s, in %s.%s", d.calls(), d.now().Sub(start).Round(time.Millisecond), more)
	return nil
}

// expire makes the token expire, on the server and in the file.
func (d *demonstration) expire(ctx context.Context) error {
	d.begin("A day later, the access token has expired. The refresh token works once; using it\n   twice would end the sign-in.")
	p, err := d.load("dev")
	if err != nil {
		return err
	}
	d.server.ExpireAccessTokens()
	tok, err := d.cache().Load(ctx, p.Session.CacheKey())
	if err != nil {
		return err
	}
	tok.ExpiresAt = d.now().Add(-16 * time.Hour)
	return d.cache().Store(ctx, p.Session.CacheKey(), tok)
}

func (d *demonstration) manyProcesses(ctx context.Context) error {
	d.begin("%d processes need another role at once.", demoProcesses)
	d.server.ResetRequests()
	var wg sync.WaitGroup
	errs := make([]error, demoProcesses)
	for i := range errs {
		wg.Go(func() { _, errs[i] = d.credentialProcess(ctx, "audit") })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	d.say("   All %d got credentials. %s.", demoProcesses, d.calls())
	return nil
}

func (d *demonstration) printJSON(ctx context.Context) error {
	d.begin("This is the output that AWS SDKs read (the keys are not real):\n")
	out, err := d.credentialProcess(ctx, "audit")
	if err != nil {
		return err
	}
	_, err = d.stdout.Write(out)
	return err
}

// calls describes the requests since the last reset.
func (d *demonstration) calls() string {
	refreshes, roles := d.server.Count("CreateToken"), d.server.Count("GetRoleCredentials")
	if refreshes+roles == 0 {
		return "No request was sent"
	}
	return fmt.Sprintf("Requests: %d CreateToken, %d GetRoleCredentials", refreshes, roles)
}

// credentialProcess runs credential-process in the demo's home directory.
func (d *demonstration) credentialProcess(ctx context.Context, name string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, d.self, "credential-process", "--profile", name) //nolint:gosec // this program
	cmd.Env = d.server.Environ(d.home)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("credential-process --profile %s: %w: %s", name, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}
