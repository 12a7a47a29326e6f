package redact

import "net/url"

// URL returns u without user, password, query and fragment, any of which may be a secret.
func URL(u *url.URL) string {
	shown := *u
	shown.User, shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = nil, "", false, "", ""
	return shown.String()
}
