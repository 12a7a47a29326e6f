package redis_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// A fleet is the processes of many machines that share a sign-in. The processes are this test binary, with their
// settings in an environment variable.

var soak = flag.Duration("soak", 3*time.Second, "how long TestServerKilled runs")

const memberVariable = "LATCHKEY_TEST_MEMBER"

func TestMain(m *testing.M) {
	if text := os.Getenv(memberVariable); text != "" {
		os.Exit(runMember(text))
	}
	if len(os.Args) > 1 && os.Args[1] == machineArgument {
		os.Exit(runMachine(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// member is a process of a fleet.
type member struct {
	Redis    string // address
	Key      []byte // line of a key file
	StartURL string
	Region   string
	Server   string // URL of Identity Center
	// Until is when the process stops to get tokens. If it is zero, the process gets role credentials once.
	Until time.Time
}

// report is what a member writes: the credentials it got, or what went wrong.
type report struct {
	Clock       time.Time // of the member
	AccessKeyID string
	Expires     time.Time
	Tokens      int               // valid ones that it got
	Lost        map[string]int    // reasons why the user must sign in
	Failed      map[string]string // kinds of other errors, with an example
	Wrong       []string          // tokens that Identity Center did not accept
}

func runMember(text string) int {
	var m member
	err := json.Unmarshal([]byte(text), &m)
	var r report
	if err == nil {
		r, err = m.run(context.Background())
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (m *member) run(ctx context.Context) (report, error) {
	if m.Until.IsZero() {
		return m.credentials(ctx)
	}
	return m.tokens(ctx)
}

func (m *member) client() (*redis.Client, error) {
	keys, err := redis.ParseKeys(m.Key)
	if err != nil {
		return nil, err
	}
	// The server is killed, and takes long to start on a busy machine.
	return redis.New(redis.Options{Addrs: []string{m.Redis}, Keys: keys, Timeout: 10 * time.Second, Lease: 40 * time.Second})
}

func (m *member) profile() *profile.Profile {
	return &profile.Profile{
		Name:       "dev",
		Session:    &profile.Session{Name: "corp", StartURL: m.StartURL, Region: m.Region},
		AccountID:  "111122223333",
		RoleName:   "Developer",
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: m.Server, SSOOIDC: m.Server}},
	}
}

func (m *member) credentials(ctx context.Context) (report, error) {
	client, err := m.client()
	if err != nil {
		return report{}, err
	}
	defer client.Close()
	p, err := provider.New(m.profile(), func(o *provider.Options) {
		o.TokenCache, o.RoleCache, o.LockTimeout = client.Tokens(), client.Roles(), lockTimeout
	})
	if err != nil {
		return report{}, err
	}
	credentials, err := p.Retrieve(ctx)
	return report{Clock: time.Now(), AccessKeyID: credentials.AccessKeyID, Expires: credentials.Expires}, err
}

// tokens gets tokens, and uses each. Sometimes it forgets everything, like a process that starts.
func (m *member) tokens(ctx context.Context) (report, error) {
	r := report{Lost: map[string]int{}, Failed: map[string]string{}}
	portal := sso.New(sso.Options{Region: m.Region, BaseEndpoint: aws.String(m.Server)}) // one, since each keeps a connection
	for first := true; first || time.Now().Before(m.Until); first = false {
		client, err := m.client()
		if err != nil {
			return report{}, err
		}
		source, err := ssotoken.New(m.profile().SignIn(), func(o *ssotoken.Options) {
			o.TokenCache, o.LockTimeout = client.Tokens(), lockTimeout
		})
		if err != nil {
			return report{}, err
		}
		for range 50 {
			useToken(ctx, source, portal, &r)
			time.Sleep(20 * time.Millisecond)
		}
		if err := ssotoken.Wait(ctx); err != nil {
			return report{}, err
		}
		client.Close()
	}
	return r, nil
}

// useToken gets a token, and sends a request to the portal with it.
func useToken(ctx context.Context, source *ssotoken.Source, portal *sso.Client, r *report) {
	tok, err := source.Token(ctx)
	var required *ssotoken.LoginRequiredError
	switch {
	case errors.As(err, &required):
		r.Lost[required.Reason]++
		return
	case err != nil:
		r.Failed[kind(err)] = err.Error()
		return
	}
	_, err = portal.ListAccounts(ctx, &sso.ListAccountsInput{AccessToken: aws.String(string(tok.AccessToken))})
	var rejected *sso.UnauthorizedException
	switch {
	case err == nil:
		r.Tokens++
	case !errors.As(err, &rejected):
		r.Failed[kind(err)] = err.Error()
	case time.Until(tok.ExpiresAt) > time.Second: // it did not just expire; clocks are corrected to a second
		r.Wrong = append(r.Wrong, err.Error())
	}
}

// kind returns what errors of a kind have in common: their last clause.
func kind(err error) string { return err.Error()[strings.LastIndex(err.Error(), ": ")+1:] }

// fleet is an Identity Center, a Redis server, and a sign-in in it.
type fleet struct {
	*testing.T
	center *idctest.Server
	redis  *redistest.Server
	member member
	client *redis.Client
	failed int // kinds of errors of each process
}

func newFleet(t *testing.T, server *redistest.Server, optFns ...func(*idctest.Options)) *fleet {
	t.Helper()
	f := &fleet{T: t, redis: server}
	f.center = idctest.NewServer(t, append(optFns, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}}
	})...)
	f.member = member{Redis: server.Addr(), Key: newKey(), Server: f.center.URL()}
	var err error
	if f.client, err = f.member.client(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.client.Close)
	f.signIn()
	return f
}

// signIn stores a new sign-in.
func (f *fleet) signIn() {
	f.Helper()
	made := f.center.SignIn()
	f.member.StartURL, f.member.Region = made.StartURL, made.Region
	token, err := tokencache.Parse(made.TokenFile())
	if err == nil {
		err = f.client.Tokens().Store(f.Context(), "corp", token)
	}
	if err != nil {
		f.Fatal(err)
	}
}

// expire makes the access token of the sign-in expire.
func (f *fleet) expire() {
	f.Helper()
	f.center.ExpireAccessTokens()
	token, err := f.client.Tokens().Load(f.Context(), "corp")
	if err == nil {
		token.ExpiresAt = time.Now().Add(-time.Hour)
		err = f.client.Tokens().Store(f.Context(), "corp", token)
	}
	if err != nil {
		f.Fatal(err)
	}
}

// process is a member that was started.
type process struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr bytes.Buffer
}

// start starts a member with a command that runs the test binary.
func (f *fleet) start(cmd *exec.Cmd, env ...string) *process {
	f.Helper()
	settings, err := json.Marshal(f.member)
	if err != nil {
		f.Fatal(err)
	}
	p := &process{cmd: cmd}
	cmd.Env = append(os.Environ(), append(env, memberVariable+"="+string(settings))...)
	cmd.Stdout, cmd.Stderr = &p.stdout, &p.stderr
	if err := cmd.Start(); err != nil {
		f.Fatal(err)
	}
	return p
}

// report waits for the process.
func (p *process) report() (r report, err error) {
	if err := p.cmd.Wait(); err != nil {
		return report{}, fmt.Errorf("%w\n%s", err, p.stderr.Bytes())
	}
	return r, json.Unmarshal(p.stdout.Bytes(), &r)
}

// count checks how many requests Identity Center got, and that it accepted all.
func (f *fleet) count(operation string, want int) {
	f.Helper()
	if got := f.center.Count(operation); got != want {
		f.Errorf("%d %s requests, want %d", got, operation, want)
	}
}

// rejected returns how many refresh tokens Identity Center has rejected.
func (f *fleet) rejected() (n int) {
	for _, r := range f.center.Requests() {
		if r.Operation == "CreateToken" && r.Status >= 400 {
			n++
		}
	}
	return n
}
