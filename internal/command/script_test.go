package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// setup gives a script a home directory with testdata/config in it.
func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("HOME", home)
	env.Setenv("LocalAppData", filepath.Join(home, "AppData", "Local")) // for caches on Windows
	env.Setenv("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")        // no browser of this machine opens
	env.Setenv("CACHE", filepath.Join(home, ".aws", "sso", "cache"))
	env.Setenv("ROLES", filepath.Join(home, ".aws", "cli", "cache"))
	config, err := os.ReadFile(filepath.Join("testdata", "config"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
		return err
	}
	env.Values[centerKey{}] = &center{}
	return os.WriteFile(filepath.Join(home, ".aws", "config"), config, 0o600)
}

// center holds the Identity Center of a script.
type center struct {
	*idctest.Server
	accounts []idctest.Account
}

type centerKey struct{}

// secrets matches the secrets of idctest, which no output may contain.
var secrets = regexp.MustCompile(`idctest-(access-token|refresh-token|client-secret|device-code|signin-token)-|IdctestSessionToken|idctest/`)

// exits runs a program and checks its exit code:
//
//	exits 3 latchkey token
//
// It also checks what holds for every latchkey command: stderr contains no secret, and no error
// that repeats itself; after a failure, stdout is empty, except for status and doctor; after a
// success, stderr is empty if other programs read stdout.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}

	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	has := func(word string) bool { return slices.Contains(args, word) }
	if secrets.MatchString(stderr) {
		ts.Fatalf("a secret on stderr")
	}
	if line := stutter(stderr); line != "" {
		ts.Fatalf("an error repeats itself: %s", line)
	}
	if got != 0 && stdout != "" && !has("status") && !has("doctor") && !has("exec") {
		ts.Fatalf("failed, but wrote to stdout")
	}
	if got == 0 && stderr != "" && (has("credential-process") || has("token")) && !has("--debug") {
		ts.Fatalf("succeeded, but wrote to stderr")
	}
}

// idc is the Identity Center of a script:
//
//	idc accounts FILE            sets the accounts for the next start: a JSON list of idctest.Account
//	idc start [user]             starts it; it approves every sign-in, or lets the user do so
//	idc stop                     stops it; requests are refused
//	idc fail OP STATUS [CODE [MESSAGE]]
//	idc fail-once OP STATUS [CODE [MESSAGE]]
//	idc respond OP BODY          responds with status 200 and that body
//	idc cut OP                   cuts the connection
//	idc fix                      clears these faults
//	idc expire | revoke          expires access tokens, or revokes all tokens
//	idc wait OP                  waits for a request
//	idc count OP N               checks the number of requests since the last count; OP may be any
func idc(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: idc verb [args...]")
	}
	c, _ := ts.Value(centerKey{}).(*center)
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	fault := idctest.Fault{Times: -1}
	switch args[0] {
	case "accounts":
		c.accounts = nil
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(arg(1))), &c.accounts))
	case "start":
		c.start(ts, arg(1) != "user")
	case "stop":
		c.Close()
		setEndpoint(ts, "http://127.0.0.1:1") // a test's server may get the port that is free now, but never port 1
	case "fail", "fail-once":
		status, err := strconv.Atoi(arg(2))
		ts.Check(err)
		fault.Status, fault.Code, fault.Message = status, arg(3), arg(4)
		if args[0] == "fail-once" {
			fault.Times = 1
		}
		c.Fail(arg(1), fault)
	case "respond":
		fault.Body = []byte(arg(2))
		c.Fail(arg(1), fault)
	case "cut":
		fault.Cut = true
		c.Fail(arg(1), fault)
	case "fix":
		c.ClearFaults()
	case "expire":
		c.ExpireAccessTokens()
	case "revoke":
		c.RevokeAll()
	case "wait":
		for c.Count(arg(1)) == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	case "count":
		c.count(ts, arg(1), arg(2))
	default:
		ts.Fatalf("idc: no verb %q", args[0])
	}
}

func (c *center) start(ts *testscript.TestScript, approves bool) {
	server, err := idctest.Start(func(o *idctest.Options) {
		o.StartURL = "https://d-1234567890.awsapps.com/start"
		o.Region = "eu-west-1"
		o.Accounts = c.accounts
		if c.accounts == nil {
			o.Accounts = []idctest.Account{{ID: "111122223333", Name: "Playground", Roles: []string{"Developer", "Auditor"}}}
		}
		o.AutoApprove = approves
		o.AssumableRoles = []idctest.AssumableRole{
			{ARN: "arn:aws:iam::444455556666:role/deploy"},
			{ARN: "arn:aws:iam::777788889999:role/path/last"},
			{ARN: "arn:aws:iam::444455556666:role/audit", ExternalID: "x-1"},
			{ARN: "arn:aws:iam::444455556666:role/mfa", MFASerial: "arn:aws:iam::444455556666:mfa/me", MFACode: "123456"},
			{ARN: "arn:aws:iam::111122223333:role/deploy"},
		}
	})
	ts.Check(err)
	ts.Defer(server.Close)
	c.Server = server
	setEndpoint(ts, server.URL())
}

// setEndpoint sets the address of all services for the commands that follow.
func setEndpoint(ts *testscript.TestScript, url string) {
	ts.Setenv("AWS_ENDPOINT_URL_SSO", url)
	ts.Setenv("AWS_ENDPOINT_URL_SSO_OIDC", url)
	ts.Setenv("AWS_ENDPOINT_URL_STS", url)
	ts.Setenv("AWS_ENDPOINT_URL_SIGNIN", url)
}

func (c *center) count(ts *testscript.TestScript, operation, want string) {
	if operation == "any" {
		operation = ""
	}
	if got := strconv.Itoa(c.Count(operation)); got != want {
		ts.Fatalf("%s requests, want %s: %v", got, want, c.Requests())
	}
	c.ResetRequests()
}

// signin writes the token of a sign-in to the session of that cache key, with
// these changes:
//
//	signin KEY [expired] [unrefreshable]
func signin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: signin key [expired] [unrefreshable]")
	}
	c, _ := ts.Value(centerKey{}).(*center)
	s := c.SignIn()
	for _, change := range args[1:] {
		switch change {
		case "expired":
			s.ExpiresAt = s.ExpiresAt.Add(-48 * time.Hour)
		case "unrefreshable":
			s.RefreshToken = ""
		default:
			ts.Fatalf("signin: no change %q", change)
		}
	}
	path := tokencache.Dir(ts.Getenv("CACHE")).Path(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, s.TokenFile(), 0o600))
}

// empty checks that nothing is in a directory, or that there is something:
//
//	[!] empty DIR
func empty(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: empty dir")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	if (len(entries) == 0) == neg {
		ts.Fatalf("in %s: %v", args[0], entries)
	}
}

// executable makes a file executable that the script has written:
//
//	executable FILE
//
// The file is a copy by another process. The system executes no file that is open for writing, and a process that another
// script is starting may still have inherited the original.
func executable(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: executable file")
	}
	ts.Check(ts.Exec("sh", "-c", `cp "$0" "$0.copy" && chmod 755 "$0.copy" && mv "$0.copy" "$0"`, args[0]))
}

// clickApprove is a browser whose user clicks "approve", or the button in $CLICK.
func clickApprove() {
	if err := click(os.Args[1], firstOf(os.Getenv("CLICK"), "approve")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// consentField is the form field of idctest's pages that identifies the request.
var consentField = regexp.MustCompile(`name="(request|user_code)" value="([^"]+)"`)

// click opens a consent page of idctest and presses one of its buttons. It fails unless the
// response is a page.
func click(address, button string) error {
	page, err := load(http.Get(address))
	if err != nil {
		return err
	}
	field := consentField.FindStringSubmatch(page)
	if field == nil {
		return nil // approved by itself
	}
	to, _, _ := strings.Cut(address, "?")
	_, err = load(http.PostForm(to, url.Values{field[1]: {field[2]}, "action": {button}}))
	return err
}

func load(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return string(page), err
}
