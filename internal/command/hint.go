package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/console"
	"github.com/latchkey-sso/latchkey/internal/shellenv"
	"github.com/latchkey-sso/latchkey/internal/userhome"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokenstore"
	"github.com/latchkey-sso/latchkey/tokenstore/age"
	"github.com/latchkey-sso/latchkey/tokenstore/keyring"
)

// hint returns how to fix err; empty if that is not known.
func (a *app) hint(err error) string {
	text := hint(err)
	if text == unassignedHint && a.roleByFlags {
		return "check that the role is assigned to you, and that --account and --role are correct"
	}
	return text
}

// hint returns how to fix err; empty if that is not known.
func hint(err error) string {
	var (
		usage    *usageError
		hinted   *hintedError
		conf     *profile.Error
		required *provider.LoginRequiredError
		request  *smithy.OperationError
		file     *fs.PathError
		driver   *tokenstore.DriverError
		store    *tokenstore.UnavailableError
	)
	switch {
	case errors.As(err, &usage):
		return usage.hint
	case errors.As(err, &hinted):
		return hinted.hint
	case errors.As(err, &required):
		return loginCommandLine(required)
	case errors.As(err, &conf):
		return configHint(conf)
	case errors.As(err, &driver):
		return driverHint(driver)
	case errors.As(err, &store) && store.Fix != "":
		return store.Fix
	case errors.Is(err, atomicfile.ErrNotPrivate), errors.As(err, new(*age.IdentityError)),
		errors.Is(err, age.ErrNoPassphrase), errors.Is(err, age.ErrWrongPassphrase), errors.Is(err, age.ErrPassphrasesDiffer), errors.Is(err, keyring.ErrUnavailable):
		return keyHint(err)
	case errors.Is(err, userhome.ErrUnknown):
		return "set HOME"
	case errors.Is(err, provider.ErrStopped):
		return "resume that process (fg) or kill it"
	case errors.Is(err, login.ErrDenied), errors.Is(err, login.ErrExpired):
		return "run the same command to try again"
	case errors.As(err, new(*console.StatusError)):
		return "check that --region is in the partition of the role"
	case errors.As(err, &request):
		return requestHint(request)
	case errors.As(err, &file) && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)):
		return "check the permissions of " + filepath.Dir(file.Path)
	}
	return ""
}

// storeHelp is the command that lists the token stores.
const storeHelp = "latchkey store --help"

// driverHint returns how to use a token store that this build does not open.
func driverHint(e *tokenstore.DriverError) string {
	if e.Package == "" {
		return storeHelp + " lists the schemes"
	}
	dir := strings.TrimPrefix(e.Package, "github.com/latchkey-sso/latchkey/")
	return "build the latchkey that supports it, in a clone of the repository: go -C " + dir + " install ./cmd/latchkey"
}

// keyHint returns how to fix an error about the key of an encrypted token store.
func keyHint(err error) string {
	identity, isIdentity := errors.AsType[*age.IdentityError](err)
	file, isFile := errors.AsType[*fs.PathError](err)
	switch {
	case errors.Is(err, keyring.ErrUnavailable):
		return "unlock the keyring; if there is none, choose another token store: " + storeHelp
	case errors.Is(err, age.ErrPassphrasesDiffer):
		return "run the same command to try again"
	case errors.Is(err, age.ErrNoPassphrase):
		return "write the passphrase to that file, which only you may read"
	case errors.Is(err, age.ErrWrongPassphrase):
		return "if the passphrase is lost, delete that file and sign in again"
	case errors.Is(err, atomicfile.ErrNotPrivate) && isIdentity:
		return privateHint(identity.Path)
	case errors.Is(err, atomicfile.ErrNotPrivate) && isFile:
		return privateHint(file.Path)
	case isIdentity && identity.Dir != "":
		return "mount its disk, or restore it: only that identity decrypts the sign-ins in " + identity.Dir
	case errors.Is(err, fs.ErrNotExist) && isIdentity:
		return keygenHint(identity.Path)
	}
	return "name a file that age-keygen wrote"
}

// keygenHint returns the command that creates an age identity, and its directory if necessary.
func keygenHint(path string) string {
	command, dir := "age-keygen -o "+quoted(path), filepath.Dir(path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && runtime.GOOS != "windows" {
		return "mkdir -p " + quoted(dir) + " && " + command
	}
	return command
}

func privateHint(path string) string {
	if runtime.GOOS == "windows" {
		return "give nobody else access to " + path
	}
	return "chmod 600 " + quoted(path)
}

func loginCommandLine(e *provider.LoginRequiredError) string {
	return "latchkey login" + selectingFlag(e)
}

// selectingFlag returns the flag that selects what to sign in to, after a space, or "" without one.
func selectingFlag(e *provider.LoginRequiredError) string {
	if e.Session == "" && e.Profile == "" || e.Profile == "default" && profile.Name(nil) == "default" {
		return ""
	}
	args := loginArgs(e)
	return " " + args[0] + " " + quoted(args[1])
}

// loginArgs returns the arguments of latchkey login that say what to sign in to.
func loginArgs(e *provider.LoginRequiredError) []string {
	if e.Profile == "" && e.Session != "" {
		return []string{"--sso-session", e.Session}
	}
	return []string{"--profile", e.Profile}
}

// quoted quotes a word for the default shell of the system, if it needs quotes.
func quoted(word string) string { return shellenv.Default().Quote(word) }

func configHint(e *profile.Error) string {
	flag := "--profile"
	if e.Profile == "" {
		flag = "--sso-session"
	}
	switch {
	case e.Fix != "" || !errors.Is(e, profile.ErrNotFound):
		return e.Fix
	case len(e.Similar) == 1:
		return flag + " " + quoted(e.Similar[0])
	case len(e.Similar) > 1:
		return "choose one with " + flag
	}
	return "latchkey configure"
}

// withoutSignIn returns the error about a profile that does not use Identity Center.
func withoutSignIn(p *profile.Profile) error {
	reason, origin := "no SSO settings", p.Origin()
	if p.SourceProfile != nil {
		reason += fmt.Sprintf(" in source profile %q", origin.Name)
	}
	if origin.OtherCredentials != "" {
		reason += ": its credentials come from " + origin.OtherCredentials
	}
	fix := "latchkey configure"
	if names := profilesWithSignIn(); len(names) > 0 {
		fix = "choose a profile with --profile: " + strings.Join(names, ", ")
	}
	if p.Name == "default" && p.Line == 0 && p.OtherCredentials == "" {
		return &usageError{text: "no profile is selected, and there is no default profile", hint: fix}
	}
	if bad := misspelledKey(p.Name); bad != nil {
		fix = fmt.Sprintf("%s:%d: %s: %s", bad.File, bad.Line, bad.Reason, bad.Fix)
	}
	return p.NewError("sso_session", reason, fix)
}

// misspelledKey returns the finding about a misspelled SSO setting of a profile.
func misspelledKey(name string) *profile.Error {
	findings, _ := profile.Lint()
	for _, f := range findings {
		if f.Profile == name && strings.HasPrefix(f.MeantKey(), "sso_") {
			return f.Error
		}
	}
	return nil
}

// profilesWithSignIn returns the names of the first few profiles that use Identity Center.
func profilesWithSignIn() []string {
	const few = 5
	shared, _ := profile.ReadAll() // a damaged line in another section does not matter
	if shared == nil {
		return nil
	}
	var names []string
	for _, section := range shared.Profiles {
		_, named := section.Get("sso_session")
		_, legacy := section.Get("sso_start_url")
		if !named && !legacy {
			continue
		}
		if len(names) == few {
			return append(names, "...")
		}
		names = append(names, section.Name)
	}
	return names
}

// withoutRole returns the error about a profile that only gives a bearer token.
func withoutRole(p *profile.Profile) error {
	return p.NewError("sso_account_id", "no sso_account_id and sso_role_name: the profile gives a bearer token, not credentials",
		"latchkey token --profile "+quoted(p.Name))
}

// withoutSourceProfile returns the error about a profile that assumes a role with credential_source.
func withoutSourceProfile(p *profile.Profile) error {
	return p.NewError("credential_source",
		"the profile assumes a role with credential_source, which needs no sign-in",
		"use the profile with an AWS SDK or tool, or replace credential_source with source_profile")
}
