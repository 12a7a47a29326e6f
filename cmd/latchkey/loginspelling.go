package main

import (
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/starturl"
	"github.com/latchkey-sso/latchkey/profile"
)

// warnSpellings warns about start URLs of the same portal that are spelled otherwise: tools name
// a token without sso-session after the start URL as written, and so need another sign-in.
func (a *app) warnSpellings(session *profile.Session) {
	if session.Name != "" {
		return
	}
	all, _ := profile.Sessions() // damage elsewhere does not matter here
	for _, other := range all {
		spelled := other.Session.StartURL
		if other.Session.Name == "" && spelled != session.StartURL && starturl.Plain(spelled) == starturl.Plain(session.StartURL) {
			fmt.Fprintf(a.stderr, "latchkey: warning: %s:%d spells the start URL %s, and so needs another sign-in\n",
				oneLine(other.File), other.Line, oneLine(spelled))
		}
	}
}
