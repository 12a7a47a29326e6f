// Package doctor checks everything between a profile and its credentials: the config
// files, the environment, the cached sign-in, the network and the role.
//
// [Run] runs the checks in order and reports each result. Results contain no secrets, so users
// can paste them into a bug report.
package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/shellenv"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Status is the outcome of a check.
type Status string

// Outcomes of a check. Only Failed means that the profile cannot give credentials.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// Result is the outcome of one check.
type Result struct {
	// Check names the check, such as "role". A check may have several results.
	Check  string `json:"check"`
	Status Status `json:"status"`
	// Message says what the check found.
	Message string `json:"message"`
	// File and Line are the location; empty and 0 if there is none.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Fix is a command or an instruction for the user; may be empty.
	Fix string `json:"fix,omitempty"`
}

// Options configures [Run]. Every field is required, except Profile, All and Offline.
type Options struct {
	// Profile is the name of the profile; empty means the one that the environment selects.
	Profile string
	// All reports findings in all sections of the config files, not only those of the profile.
	All bool
	// Offline skips the checks that need the network, or a token store on a server.
	Offline bool
	// Getenv reads the environment.
	Getenv func(string) string
	// Now is the clock.
	Now func() time.Time
	// Open opens the store of a session.
	Open func(*profile.Session) (*tokenstore.Store, error)
	// WithToken calls fn with the profile's access token, refreshed if necessary, and again with a
	// new one if Identity Center rejects the first.
	WithToken func(ctx context.Context, p *profile.Profile, fn func(accessToken string) error) error
	// Settings configures the Identity Center clients, like provider.Options.ClientConfig.
	Settings aws.Config
	// Command runs a program and returns its output.
	Command func(ctx context.Context, name string, args ...string) (string, error)
	// Describe returns the message and the fix for an error. The fix may be empty.
	Describe func(err error) (message, fix string)
	// LookPath finds a program, like exec.LookPath.
	LookPath func(name string) (string, error)
	// WithoutSignIn returns the error about a profile that does not use Identity Center.
	WithoutSignIn func(*profile.Profile) error
}

// Run runs the checks, reports each result as soon as it is known, and returns whether no check
// failed. It skips checks that depend on a failed one. Run changes no files, except that it may
// refresh the token.
func Run(ctx context.Context, opts Options, report func(Result)) bool {
	c := &checker{Options: opts, report: report, passed: true}
	for _, check := range []func(context.Context){
		c.configFiles,
		c.environment,
		c.lint,
		c.loadProfile,
		c.openStore,
		c.caches,
		c.signIn,
		c.network,
		c.role,
		c.assumedRole,
		c.tools,
	} {
		check(ctx)
	}
	return c.passed
}

// checker is one run of the checks. Later checks use what earlier ones found.
type checker struct {
	Options
	report func(Result)
	passed bool // no check has failed

	store   *tokenstore.Store // of the profile's session; nil if it cannot be opened
	profile *profile.Profile  // the profile that signs in; nil if it is invalid or does not use SSO
	token   *tokencache.Token // the cached token; nil if it cannot be loaded
	reached bool              // Identity Center has responded
	assumes string            // the ARN of the role that the selected profile assumes over profile; may be empty
}

func (c *checker) add(r Result) {
	if r.Status == Failed {
		c.passed = false
	}
	c.report(r)
}

func (c *checker) ok(check, message string) {
	c.add(Result{Check: check, Status: OK, Message: message})
}

func (c *checker) warn(check, message, fix string) {
	c.add(Result{Check: check, Status: Warning, Message: message, Fix: fix})
}

func (c *checker) fail(check, message, fix string) {
	c.add(Result{Check: check, Status: Failed, Message: message, Fix: fix})
}

// notChecked is the message of checks that Offline skips.
const notChecked = "not checked: offline"

func (c *checker) skip(check, why string) {
	c.add(Result{Check: check, Status: Skipped, Message: why})
}

// profileFlag returns " --profile NAME", or "" without one.
func (c *checker) profileFlag() string {
	if c.Profile == "" {
		return ""
	}
	return " --profile " + quoted(c.Profile)
}

// configFiles checks that the config files are readable, and by whom.
func (c *checker) configFiles(ctx context.Context) {
	config, err := profile.ConfigPath()
	if err != nil {
		c.fail("files", err.Error(), "set HOME")
		return
	}
	credentials, _ := profile.CredentialsPath() // the home directory is known
	c.configFile(ctx, config, "latchkey configure")
	c.configFile(ctx, credentials, "")
}

// maxConfig is how many bytes of a config file are read, as in package profile.
const maxConfig = 256 << 20

// configFile checks one config file. fix is the fix if the file is missing; empty means that it
// may be missing.
func (c *checker) configFile(ctx context.Context, path, fix string) {
	data, err := atomicfile.ReadShared(ctx, path, maxConfig)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fix == "":
	case errors.Is(err, fs.ErrNotExist):
		c.add(Result{Check: "files", Status: Warning, Message: "there is no config file", File: path, Fix: fix})
	case errors.Is(err, fs.ErrPermission):
		c.add(Result{Check: "files", Status: Failed, Message: "permission denied", File: path, Fix: ownerFix(path)})
	case err != nil:
		c.add(Result{Check: "files", Status: Failed, Message: pathError(err), File: path})
	default:
		c.permissions("files", path, strings.Contains(string(data), "aws_secret_access_key"))
	}
}

// permissions checks the owner of a file, and its mode if it holds secrets.
func (c *checker) permissions(check, path string, secret bool) {
	info, err := os.Stat(path)
	if err != nil {
		c.add(Result{Check: check, Status: Failed, Message: pathError(err), File: path})
		return
	}
	switch {
	case !ownedByUser(info):
		c.add(Result{Check: check, Status: Warning, Message: "the file belongs to another user, perhaps because of sudo", File: path, Fix: ownerFix(path)})
	case secret && atomicfile.OthersCanRead(path, info):
		c.add(Result{Check: check, Status: Warning, Message: "other users can read the secrets in the file", File: path, Fix: privateFix(path)})
	default:
		c.add(Result{Check: check, Status: OK, Message: "readable", File: path})
	}
}

// quoted quotes a word of a command line for the user's shell, if it needs quotes.
func quoted(word string) string { return shellenv.Default().Quote(word) }

// pathError returns the text of a file system error without the path.
func pathError(err error) string {
	if errors.Is(err, atomicfile.ErrIrregular) {
		return atomicfile.ErrIrregular.Error() // err names the path twice
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return file.Err.Error()
	}
	return err.Error()
}
