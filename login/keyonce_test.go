package login_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// lockedCipher is a Cipher whose key is not available. It counts how often a user would be asked.
type lockedCipher struct {
	tokencache.Cipher

	asked int
}

func (c *lockedCipher) Open(context.Context, string, []byte) ([]byte, error) {
	c.asked++
	return nil, errors.New("the keyring is locked")
}

// TestLogoutWithoutKey: a sign-in that cannot be decrypted is deleted, with a warning, and the user is
// asked for the key once.
func TestLogoutWithoutKey(t *testing.T) {
	for name, tt := range map[string]struct {
		logout func(t *testing.T, r *rig, dir tokencache.EncryptedDir) error
		config string
	}{
		"Logout": {logout: func(t *testing.T, r *rig, dir tokencache.EncryptedDir) error {
			_, err := login.Logout(t.Context(), r.session, r.options, func(o *login.Options) { o.TokenCache = dir })
			return err
		}},
		"LogoutAll":                       {logout: logoutAll, config: "[profile dev]\nsso_session = corp\n"},
		"LogoutAll of an unknown session": {logout: logoutAll},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				r.writeConfig(t, tt.config)
				filetest.Write(t, r.dir.Path("corp"), "encrypted")
				cipher := &lockedCipher{Cipher: ciphertest.New("key")}
				if err := tt.logout(t, r, tokencache.EncryptedDir{Dir: r.dir, Cipher: cipher}); err != nil {
					t.Error(err)
				}
				if files := r.files(t); len(files) > 0 {
					t.Errorf("left: %v", files)
				}
				if got := r.log.warnings(); len(got) != 1 || !strings.Contains(got[0], "may stay open until") || !strings.Contains(got[0], "the keyring is locked") {
					t.Errorf("warnings: %q", got)
				}
				if cipher.asked != 1 {
					t.Errorf("the user is asked %d times", cipher.asked)
				}
			})
		})
	}
}

func logoutAll(t *testing.T, r *rig, dir tokencache.EncryptedDir) error {
	t.Helper()
	_, err := login.LogoutAll(t.Context(), dir, r.options)
	return err
}
