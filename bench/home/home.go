// Package home makes home directories that are signed in to a fake Identity Center.
package home

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Profile is the profile to use, in the middle of the config file. RoleProfile assumes a role with it.
const (
	Profile     = "dev"
	RoleProfile = "over-dev"
)

const (
	account = "111122223333"
	session = "corp"
)

// Home is a home directory with its own Identity Center.
type Home struct {
	Dir    string
	Server *idctest.Server
}

// New makes a home directory, signed in, with that many profiles of one session. Close it.
func New(profiles int, optFns ...func(*idctest.Options)) (*Home, error) {
	server, err := idctest.Start(append(optFns, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}}
	})...)
	if err != nil {
		return nil, err
	}
	h := &Home{Server: server}
	if h.Dir, err = os.MkdirTemp("", "bench-home-"); err == nil {
		err = h.write(profiles)
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// Close stops the server and removes the directory.
func (h *Home) Close() {
	h.Server.Close()
	_ = os.RemoveAll(h.Dir)
}

// Env returns the environment for processes that use the home directory.
func (h *Home) Env() []string { return h.Server.Environ(h.Dir) }

// Getenv returns a variable that points a program at the server.
func (h *Home) Getenv(name string) string {
	for _, variable := range h.Server.Env() {
		if value, found := strings.CutPrefix(variable, name+"="); found {
			return value
		}
	}
	return ""
}

// File returns the path of a file below ~/.aws.
func (h *Home) File(name string) string { return filepath.Join(h.Dir, ".aws", name) }

// Tokens returns the token cache.
func (h *Home) Tokens() tokencache.Dir { return tokencache.Dir(h.File("sso/cache")) }

// ForgetRoles removes all role credentials. Their directory stays, as on a machine in use: a file system can take half a
// millisecond to create it.
func (h *Home) ForgetRoles() error {
	files, err := filepath.Glob(h.File("cli/cache/*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

// Expire leaves what the sign-in is on the next day: an access token that has expired, and a refresh token.
func (h *Home) Expire(ctx context.Context) error {
	h.Server.ExpireAccessTokens()
	token, err := h.Tokens().Load(ctx, session)
	if err != nil {
		return err
	}
	token.ExpiresAt = time.Now().Add(-16 * time.Hour)
	if err := h.Tokens().Store(ctx, session, token); err != nil {
		return err
	}
	return h.ForgetRoles()
}

func (h *Home) write(profiles int) error {
	signIn := h.Server.SignIn()
	files := map[string]string{
		"config": Config(profiles, signIn.StartURL, signIn.Region),
		"sso/cache/" + filepath.Base(h.Tokens().Path(session)): string(signIn.TokenFile()),
	}
	for model, endpoint := range h.models() {
		files[model] = endpoint
	}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(h.File(name)), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(h.File(name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// models returns rules that point the AWS CLI at the server: versions before 2.13 do not read AWS_ENDPOINT_URL_SSO.
func (h *Home) models() map[string]string {
	rules := `{"version": "1.0", "parameters": {"Region": {"builtIn": "AWS::Region", "required": false, "type": "String"}}, ` +
		`"rules": [{"conditions": [], "type": "endpoint", "endpoint": {"url": "` + h.Server.URL() + `", "properties": {}, "headers": {}}}]}`
	files := map[string]string{}
	for _, service := range []string{"sso/2019-06-10", "sso-oidc/2019-06-10", "sts/2011-06-15"} {
		files["models/"+service+"/endpoint-rule-set-1.json"] = rules
	}
	return files
}

// Config returns a config file with that many profiles of one session, which is at the end. They are named
// profile-0, profile-1, and so on; the one in the middle is [Profile].
func Config(profiles int, startURL, region string) string {
	var b strings.Builder
	for i := range profiles {
		name := fmt.Sprintf("profile-%d", i)
		if i == profiles/2 {
			name = Profile
		}
		fmt.Fprintf(&b, "[profile %s]\nsso_session = %s\nsso_account_id = %s\nsso_role_name = Developer\nregion = eu-west-1\noutput = json\n\n",
			name, session, account)
	}
	fmt.Fprintf(&b, "[sso-session %s]\nsso_start_url = %s\nsso_region = %s\nsso_registration_scopes = sso:account:access\n\n"+
		"[profile %s]\nrole_arn = arn:aws:iam::444455556666:role/r\nsource_profile = %s\nregion = eu-west-1\n", session, startURL, region, RoleProfile, Profile)
	return b.String()
}
