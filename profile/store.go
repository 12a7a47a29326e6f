package profile

import (
	"errors"
	"strings"

	"github.com/latchkey-sso/latchkey/tokenstore"
)

const (
	tokenStoreKey = "latchkey_token_store" //nolint:gosec // G101: the name of a setting
	shareKey      = "latchkey_share_access_token"
)

// tokenStore returns the setting of the session's token store: that of the environment, or else of
// the section.
func (r *resolver) tokenStore(v *values) string {
	if setting := strings.TrimSpace(r.getenv(tokenstore.Variable)); setting != "" {
		if reason := invalidStore(setting); reason != "" {
			v.keep(&Error{Key: tokenstore.Variable, Reason: "invalid " + tokenstore.Variable + " in the environment: " + reason})
		}
		return setting
	}
	setting := v.text(tokenStoreKey)
	if reason := invalidStore(setting); reason != "" {
		v.fail(tokenStoreKey, "invalid "+tokenStoreKey+": "+reason, "")
	}
	return setting
}

// invalidStore returns what is wrong with a setting, or "". It does not know the settings of
// drivers.
func invalidStore(setting string) string {
	if setting == "" {
		return ""
	}
	_, err := tokenstore.Open(setting)
	if invalid, ok := errors.AsType[*tokenstore.SettingError](err); ok {
		return invalid.Reason
	}
	return ""
}
