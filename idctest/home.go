package idctest

import (
	"crypto/sha1" //nolint:gosec // the AWS CLI names token files by it
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// homeSession is the name of the sso-session in [Server.Config].
const homeSession = "idctest"

// HomeDir is a temporary home directory created by [Home].
type HomeDir struct {
	// Path is the value of HOME.
	Path string

	tb  TB
	srv *Server
}

// Home creates a temporary home directory whose ~/.aws/config is [Server.Config], and points the test's
// environment at it and at srv: it sets HOME, USERPROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE and
// the endpoints, disables the EC2 metadata service, and unsets all other AWS_ and LATCHKEY_ variables. No user is
// signed in: see [HomeDir.SignIn].
//
// The environment is restored when the test ends. Parallel tests cannot use Home; they can pass
// [Server.Environ] to child processes. The go command keeps its caches below HOME, so build programs before
// calling Home.
func Home(tb TB, srv *Server) *HomeDir {
	tb.Helper()
	h := &HomeDir{Path: tb.TempDir(), tb: tb, srv: srv}
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); isSetting(name) {
			tb.Setenv(name, "") // restores it when the test ends
			_ = os.Unsetenv(name)
		}
	}
	for _, kv := range srv.environ(h.Path) {
		name, value, _ := strings.Cut(kv, "=")
		tb.Setenv(name, value)
	}
	h.Write("config", srv.Config())
	return h
}

// File returns the path of a file below ~/.aws, such as "config" or "sso/cache". It need not exist.
func (h *HomeDir) File(name string) string {
	return filepath.Join(h.Path, ".aws", filepath.FromSlash(name))
}

// Write writes a file below ~/.aws, creating directories as necessary, and returns its path.
func (h *HomeDir) Write(name, content string) string {
	h.tb.Helper()
	path := h.File(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.tb.Fatalf("idctest: %v", err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		h.tb.Fatalf("idctest: %v", err)
	}
	return path
}

// SignIn signs a user in with [Server.SignIn] and writes a token file for each session. A session is the
// name of an sso-session in the config file, or the start URL for profiles without one. The default is the
// session of [Server.Config].
func (h *HomeDir) SignIn(sessions ...string) SignIn {
	h.tb.Helper()
	signIn := h.srv.SignIn()
	h.WriteToken(signIn, sessions...)
	return signIn
}

// WriteToken writes the token files of a sign-in, like [HomeDir.SignIn]. The test may change the fields of
// signIn first.
func (h *HomeDir) WriteToken(signIn SignIn, sessions ...string) {
	h.tb.Helper()
	if len(sessions) == 0 {
		sessions = []string{homeSession}
	}
	for _, name := range sessions {
		h.Write("sso/cache/"+tokenFileName(name), string(signIn.TokenFile()))
	}
}

// tokenFileName returns the name of a token file in ~/.aws/sso/cache: the SHA-1 of session in hex, plus
// ".json".
func tokenFileName(session string) string {
	sum := sha1.Sum([]byte(session)) //nolint:gosec // not for security
	return hex.EncodeToString(sum[:]) + ".json"
}

// Config returns a config file for the server: an sso-session, a profile for each account and role with
// the name that "aws configure sso" uses, such as Developer-123456789012, and a default profile, which is
// a copy of the first.
func (s *Server) Config() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[sso-session %s]\nsso_start_url = %s\nsso_region = %s\nsso_registration_scopes = %s\n",
		homeSession, s.opts.StartURL, s.opts.Region, scopeAccountAccess)
	section := "default"
	for _, account := range s.opts.Accounts {
		for _, role := range account.Roles {
			if section == "default" {
				s.writeProfile(&b, section, account.ID, role)
			}
			section = "profile " + role + "-" + account.ID
			s.writeProfile(&b, section, account.ID, role)
		}
	}
	return b.String()
}

func (s *Server) writeProfile(b *strings.Builder, section, account, role string) {
	fmt.Fprintf(b, "\n[%s]\nsso_session = %s\nsso_account_id = %s\nsso_role_name = %s\nregion = %s\n",
		section, homeSession, account, role, s.opts.Region)
}

// Environ returns an environment for child processes that use the server and the home directory: the
// environment of this process without AWS_ and LATCHKEY_ variables, plus the variables that [Home] sets.
func (s *Server) Environ(home string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if !isSetting(kv) {
			env = append(env, kv)
		}
	}
	return append(env, s.environ(home)...) // os/exec uses the last value
}

// isSetting reports whether an environment variable changes what AWS tools and Latchkey do.
func isSetting(name string) bool {
	return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "LATCHKEY_")
}

// environ returns the variables that point a program at the server and the home directory.
func (s *Server) environ(home string) []string {
	return append(s.Env(),
		"HOME="+home,
		"USERPROFILE="+home, // Windows
		// The SDK's config package reads HOME when it is initialized.
		"AWS_CONFIG_FILE="+filepath.Join(home, ".aws", "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(home, ".aws", "credentials"),
		"AWS_EC2_METADATA_DISABLED=true",
	)
}
