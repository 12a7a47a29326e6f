package idctest

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode/utf16"
)

// SignIn is the result of a sign-in. It prints the start URL and the expiration time, and no secrets.
type SignIn struct {
	StartURL              string
	Region                string
	AccessToken           string
	RefreshToken          string // empty if the token cannot be refreshed
	ClientID              string
	ClientSecret          string
	ExpiresAt             time.Time // of the access token
	RegistrationExpiresAt time.Time // of the client ID and secret
}

// SignIn creates a client registration, an access token and a refresh token, as if a user had just signed in with a
// browser and the scope sso:account:access.
func (s *Server) SignIn() SignIn {
	now := s.opts.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	cl := &client{
		id:         newClientID(),
		secret:     newClientSecret(),
		name:       "idctest",
		scopes:     []string{scopeAccountAccess},
		grantTypes: []string{grantAuthorizationCode, grantRefreshToken},
		expires:    now.Add(s.opts.RegistrationTTL),
	}
	s.state.clients[cl.id] = cl
	t := s.newSession(cl, cl.scopes, now)
	return SignIn{
		StartURL:              s.opts.StartURL,
		Region:                s.opts.Region,
		AccessToken:           t.access,
		RefreshToken:          t.refresh,
		ClientID:              cl.id,
		ClientSecret:          cl.secret,
		ExpiresAt:             now.Add(s.opts.AccessTokenTTL),
		RegistrationExpiresAt: cl.expires,
	}
}

// TokenFile returns the same token file that AWS CLI v2 writes. Its path is ~/.aws/sso/cache/<SHA-1 of the session name,
// in hex>.json; [HomeDir.WriteToken] writes it.
func (s SignIn) TokenFile() []byte {
	members := [][2]string{
		{"startUrl", s.StartURL},
		{"region", s.Region},
		{"accessToken", s.AccessToken},
		{"expiresAt", cliTime(s.ExpiresAt)},
		{"clientId", s.ClientID},
		{"clientSecret", s.ClientSecret},
		{"registrationExpiresAt", cliTime(s.RegistrationExpiresAt)},
	}
	if s.RefreshToken != "" {
		members = append(members, [2]string{"refreshToken", s.RefreshToken})
	}
	texts := make([]string, 0, len(members))
	for _, m := range members {
		texts = append(texts, `"`+m[0]+`": `+pythonJSON(m[1]))
	}
	return []byte("{" + strings.Join(texts, ", ") + "}")
}

func cliTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// pythonJSON returns text as Python's json.dumps writes it: in ASCII, with UTF-16 escapes for the rest.
func pythonJSON(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		short := strings.IndexRune("\"\\\n\r\t\f\b", r)
		switch {
		case short >= 0:
			b.WriteString(`\` + string(`"\nrtfb`[short]))
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}

// String returns the start URL and the expiration time of the access token.
func (s SignIn) String() string {
	return "idctest.SignIn(" + s.StartURL + " until " + cliTime(s.ExpiresAt) + ")"
}

// Format prints the String, for every verb.
func (s SignIn) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns the String.
func (s SignIn) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the String.
func (s SignIn) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
