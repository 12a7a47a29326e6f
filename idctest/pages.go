package idctest

import (
	"html"
	"net/http"
	"strings"
)

const pageStyle = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:10vh auto;padding:0 1rem;color:#16191f;background:#fff}` +
	`button,input{font:inherit;padding:.4rem 1rem;margin:.2rem .4rem .2rem 0}` +
	`code{font-size:1.4rem;letter-spacing:.1em}` +
	`footer{margin-top:3rem;font-size:.9rem;color:#545b64}`

// page returns an HTML page. It escapes the title but not the content.
func page(status int, title, content string) response {
	title = html.EscapeString(title)
	a := response{status: status, body: []byte(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>` + title + `</title>
<style>` + pageStyle + `</style>
</head>
<body>
<main>
<h1>` + title + `</h1>
` + content + `</main>
<footer><p>This is idctest, a fake IAM Identity Center for tests. No AWS account is involved.</p></footer>
</body>
</html>
`)}
	a.setHeader("Content-Type", "text/html; charset=utf-8")
	a.setHeader("Cache-Control", "no-store")
	a.setHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	a.setHeader("Referrer-Policy", "no-referrer")
	a.setHeader("X-Content-Type-Options", "nosniff")
	return a
}

func messagePage(status int, title, text string) response {
	role := ""
	if status >= http.StatusBadRequest {
		role = ` role="alert"`
	}
	return page(status, title, "<p"+role+">"+html.EscapeString(text)+"</p>\n")
}

// codePage asks for a user code, below the error about the previous one, if any.
func codePage(status int, alert string) response {
	if alert != "" {
		alert = `<p role="alert">` + html.EscapeString(alert) + "</p>\n"
	}
	return page(status, "Authorize a device", alert+`<form method="get" action="/device">
<p><label for="user_code">Code shown by the device</label><br>
<input id="user_code" name="user_code" required autofocus autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder="XXXX-XXXX"></p>
<p><button type="submit">Continue</button></p>
</form>
`)
}

// consentPage asks the user to approve a client. It posts the decision to action, with a field that identifies the
// request. It shows a user code for comparison.
func consentPage(action, field, value string, cl *client, scopes []string) response {
	var b strings.Builder
	b.WriteString("<p><strong>" + html.EscapeString(cl.name) + "</strong> asks for access to your AWS accounts.</p>\n")
	if field == "user_code" {
		b.WriteString("<p>Approve only if it shows you this code: <code>" + html.EscapeString(value) + "</code></p>\n")
	}
	if len(scopes) > 0 {
		b.WriteString("<p>It asks for:</p>\n<ul>\n")
		for _, scope := range scopes {
			b.WriteString("<li>" + html.EscapeString(scope) + "</li>\n")
		}
		b.WriteString("</ul>\n")
	}
	b.WriteString(`<form method="post" action="` + html.EscapeString(action) + `">
<input type="hidden" name="` + html.EscapeString(field) + `" value="` + html.EscapeString(value) + `">
<p><button type="submit" name="action" value="approve">Approve</button>
<button type="submit" name="action" value="deny">Deny</button></p>
</form>
`)
	return page(http.StatusOK, "Approve this sign-in?", b.String())
}
