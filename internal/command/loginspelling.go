package command

import (
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/starturl"
	"github.com/latchkey-sso/latchkey/profile"
)

// warnSpellings warns about start URLs that spell the same portal differently. Without an
// sso-session, tools name the token after the start URL as written, so each spelling needs its own
// sign-in.
func (a *app) warnSpellings(session *profile.Session) {
	if session.Name != "" {
		return
	}
	all, _ := profile.Sessions() // damage elsewhere does not matter here
	for _, other := range all {
		spelled := other.Session.StartURL
		if other.Session.Name == "" && spelled != session.StartURL && starturl.Plain(spelled) == starturl.Plain(session.StartURL) {
			fmt.Fprintf(a.stderr, "latchkey: warning: %s:%d spells the start URL %s, so it needs its own sign-in\n",
				oneLine(other.File), other.Line, oneLine(spelled))
		}
	}
}
