package callback

import (
	"crypto/sha256"
	_ "embed" // the style sheet
	"encoding/base64"
	"html"
)

//go:embed style.css
var style string

// page is an HTML page. Method html escapes its fields.
type page struct {
	failed  bool
	title   string
	session string // shown below the title; may be empty
	text    string
	detail  string // error text; may be empty
}

var (
	notHere = page{
		failed: true,
		title:  "Nothing to see here",
		text:   "Latchkey is waiting at this address for a sign-in to finish. Continue in the tab where you started it.",
	}
	notThisSignIn = page{
		failed: true,
		title:  "This is not the sign-in in progress",
		text:   "The response belongs to a different or an earlier sign-in, and was ignored. Close this tab and continue in the one opened last.",
	}
)

func success(session string) page {
	return page{
		title:   "You are signed in",
		session: session,
		text:    "You can close this tab.",
	}
}

func failure(session string, err error) page {
	return page{
		failed:  true,
		title:   "Sign-in failed",
		session: session,
		text:    "You are not signed in. Close this tab and try again where you started.",
		detail:  printable(err.Error(), 600),
	}
}

// contentSecurityPolicy allows only the pages' style sheet.
func contentSecurityPolicy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

const (
	okMark     = `<path d="M8 16.5l5.5 5.5L24.5 10.5"/>`
	failedMark = `<path d="M16 8v10M16 23.5v.5"/>`
)

// html returns the document. Package html/template would add megabytes to the binary.
func (p page) html() []byte {
	class, mark := "ok", okMark
	if p.failed {
		class, mark = "failed", failedMark
	}
	body := `<svg class="mark ` + class + `" viewBox="0 0 32 32" aria-hidden="true">` + mark + "</svg>\n" +
		"<h1>" + html.EscapeString(p.title) + "</h1>\n"
	if p.session != "" {
		body += `<p class="session">` + html.EscapeString(p.session) + "</p>\n"
	}
	if p.detail != "" {
		body += `<p class="detail">` + html.EscapeString(p.detail) + "</p>\n"
	}
	body += "<p>" + html.EscapeString(p.text) + "</p>\n"
	return []byte(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>` + html.EscapeString(p.title) + ` – Latchkey</title>
<style>` + style + `</style>
</head>
<body>
<main>
` + body + `</main>
<footer><p>Latchkey, on this computer</p></footer>
</body>
</html>
`)
}
