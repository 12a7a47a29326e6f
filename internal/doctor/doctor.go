// Package doctor checks everything between a profile and its credentials: the config
// files, the environment, the cached sign-in, the network and the role.
//
// [Run] makes the checks in order and reports each result. No result holds a secret, so
// users can paste the output into a bug report.
package doctor

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Status is the outcome of a check.
type Status string

// The outcomes of a check. Only Failed means that the profile's credentials cannot be had.
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
	// Message says in one clause what was found.
	Message string `json:"message"`
	// File and Line say where; File is empty and Line 0 if there is no such place.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Fix is a command or an instruction; empty if none is known.
	Fix string `json:"fix,omitempty"`
}

// Options says what to check. Profile may be empty; the other fields must be set, except
// as noted.
type Options struct {
	// Profile is the name of the profile. Empty selects the one of the environment.
	Profile string
	// All reports every problem in the config files, not only those of the profile.
	All bool
	// Offline skips the checks that need the network.
	Offline bool
	// Getenv reads the environment.
	Getenv func(string) string
	// Now is the clock.
	Now func() time.Time
	// Tokens and Roles are the caches that AWS tools share.
	Tokens tokencache.Dir
	Roles  rolecache.Dir
	// Token returns the access token of the profile's sign-in, and refreshes it if it has
	// expired.
	Token func(ctx context.Context, p *profile.Profile) (string, error)
	// Settings configures the Identity Center clients, like provider.Options.ClientConfig.
	Settings aws.Config
	// Command runs a program and returns what it prints, for the checks of other tools.
	Command func(ctx context.Context, name string, args ...string) (string, error)
	// LookPath finds a program on the PATH.
	LookPath func(name string) (string, error)
}

// Run makes the checks, reports each result as soon as it is known, and returns whether
// none failed. When a check fails, those that build on it are skipped. Run changes no
// file, except that it refreshes an expired sign-in, as any other command would.
func Run(ctx context.Context, opts Options, report func(Result)) bool {
	e := &exam{Options: opts, report: report, good: true}
	for _, check := range []func(context.Context){
		e.configFiles,
		e.environment,
		e.lint,
		e.loadProfile,
		e.caches,
		e.signIn,
		e.network,
		e.role,
		e.tools,
	} {
		check(ctx)
	}
	return e.good
}

// exam is one run of the checks, with what the later ones learn from the earlier.
type exam struct {
	Options
	report func(Result)
	good   bool // nothing failed

	profile *profile.Profile  // with the sign-in; nil if it cannot be loaded or has none
	token   *tokencache.Token // of the cache; nil if there is none of use
	reached bool              // Identity Center responds
}

func (e *exam) add(r Result) {
	if r.Status == Failed {
		e.good = false
	}
	e.report(r)
}

func (e *exam) ok(check, message string) {
	e.add(Result{Check: check, Status: OK, Message: message})
}

func (e *exam) warn(check, message, fix string) {
	e.add(Result{Check: check, Status: Warning, Message: message, Fix: fix})
}

func (e *exam) fail(check, message, fix string) {
	e.add(Result{Check: check, Status: Failed, Message: message, Fix: fix})
}

func (e *exam) skip(check, why string) {
	e.add(Result{Check: check, Status: Skipped, Message: why})
}

// ofProfile returns " --profile NAME", or nothing for the default of the environment.
func (e *exam) ofProfile() string {
	if e.Profile == "" {
		return ""
	}
	return " --profile " + e.Profile
}

// configFiles checks that the config files can be read, and by whom.
func (e *exam) configFiles(context.Context) {
	config, err := profile.ConfigPath()
	if err != nil {
		e.fail("files", err.Error(), "set HOME")
		return
	}
	credentials, _ := profile.CredentialsPath() // the home directory is known
	e.configFile(config, "latchkey configure")
	e.configFile(credentials, "")
}

// configFile checks one config file. fix is for one that is missing; if it is empty, that
// is fine.
func (e *exam) configFile(path, fix string) {
	data, err := os.ReadFile(path) //nolint:gosec // G304: the file every AWS tool reads
	switch {
	case os.IsNotExist(err) && fix == "":
	case os.IsNotExist(err):
		e.add(Result{Check: "files", Status: Warning, Message: "there is no config file", File: path, Fix: fix})
	case os.IsPermission(err):
		e.add(Result{Check: "files", Status: Failed, Message: "you may not read the file", File: path, Fix: ownerFix(path)})
	case err != nil:
		e.add(Result{Check: "files", Status: Failed, Message: pathError(err), File: path})
	default:
		e.permissions("files", path, strings.Contains(string(data), "aws_secret_access_key"))
	}
}

// permissions checks the owner of a file, and its mode if it holds secrets.
func (e *exam) permissions(check, path string, secret bool) {
	info, err := os.Stat(path)
	if err != nil {
		e.add(Result{Check: check, Status: Failed, Message: pathError(err), File: path})
		return
	}
	switch {
	case !ownedByUser(info):
		e.add(Result{Check: check, Status: Warning, Message: "the file belongs to another user, as after sudo", File: path, Fix: ownerFix(path)})
	case secret && othersCanRead(info):
		e.add(Result{Check: check, Status: Warning, Message: "other users can read the secrets in the file", File: path, Fix: "chmod 600 " + path})
	default:
		e.add(Result{Check: check, Status: OK, Message: "readable", File: path})
	}
}

func ownerFix(path string) string { return "sudo chown $(id -u) " + path }

// pathError is the cause of a file system error, without the path.
func pathError(err error) string {
	if file, ok := err.(*fs.PathError); ok { //nolint:errorlint // of package os, unwrapped
		return file.Err.Error()
	}
	return err.Error()
}
