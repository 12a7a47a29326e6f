package browser_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// look is how a user's browser is set up.
type look struct {
	name       string
	scheme     string // prefers-color-scheme
	width      int64
	javaScript bool
}

var looks = []look{
	{"light", "light", 1280, true},
	{"dark", "dark", 1280, true},
	{"phone", "light", 360, true},
	{"dark phone without JavaScript", "dark", 360, false},
}

// patience is how long the tests wait for the browser. It is long: the machine may be busy.
const patience = 2 * time.Minute

// newBrowser starts chromium. It needs a chromium in PATH, and fails without.
func newBrowser(t *testing.T, optFns ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("install chromium: ", err)
	}
	temp, err := os.MkdirTemp("", "chromium-") //nolint:usetesting // t.TempDir fails if it cannot be removed
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(temp) }) // fails while a process of the browser writes to it
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.WSURLReadTimeout(patience), chromedp.Env("TMPDIR="+temp))
	options = append(options, optFns...)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

func (l look) apply() chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		chromedp.EmulateViewport(l.width, 800),
		chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			scheme := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: l.scheme}
			if _, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{scheme}}); err != nil {
				return err
			}
			_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !l.javaScript})
			return err
		}),
	)
}

// signIn starts a sign-in at a new server. It returns the page to open, and where the error of
// the sign-in will be.
func signIn(t *testing.T) (server *idctest.Server, page string, result <-chan error) {
	t.Helper()
	const startURL, region = "https://d-1234567890.awsapps.com/start", "eu-west-1"
	server = idctest.NewServer(t, func(o *idctest.Options) { o.StartURL, o.Region = startURL, region })
	p := profile.SignIn{
		Profile:    "dev",
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSOOIDC: server.URL()}},
		Session:    &profile.Session{Name: "corp <b>&amp;", StartURL: startURL, Region: region},
	}
	pages, done := make(chan string, 1), make(chan error, 1)
	ui := login.UI{ShowURL: func(r login.AuthorizationRequest) { pages <- r.URL }}
	dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
	go func() {
		_, err := login.Login(t.Context(), p, ui, func(o *login.Options) { o.TokenCache, o.Flow = dir, login.FlowBrowser })
		done <- err
	}()
	select {
	case page = <-pages:
	case err := <-done:
		t.Fatal(err)
	}
	return server, page, done
}

func TestSignIn(t *testing.T) {
	browser := newBrowser(t)
	outcomes := []struct {
		button, title, text string
		err                 error
		tree                string // as a screen reader sees it
	}{
		{
			"approve", "You are signed in – Latchkey", "You are signed in\ncorp <b>&amp;\nYou can close this tab.", nil,
			`RootWebArea You are signed in – Latchkey
main
heading You are signed in
StaticText You are signed in
paragraph
StaticText corp <b>&amp;
paragraph
StaticText You can close this tab.
contentinfo
paragraph
StaticText Latchkey, on this computer`,
		},
		{
			"deny", "Sign-in failed – Latchkey", "Sign-in failed\ncorp <b>&amp;\naccess_denied: The user denied the request\nYou are not signed in. Close this tab and try again where you started.", login.ErrDenied,
			`RootWebArea Sign-in failed – Latchkey
main
heading Sign-in failed
StaticText Sign-in failed
paragraph
StaticText corp <b>&amp;
paragraph
StaticText access_denied: The user denied the request
paragraph
StaticText You are not signed in. Close this tab and try again where you started.
contentinfo
paragraph
StaticText Latchkey, on this computer`,
		},
	}
	for _, l := range looks {
		for _, outcome := range outcomes {
			t.Run(l.name+", "+outcome.button, func(t *testing.T) {
				tab, cancel := chromedp.NewContext(browser)
				defer cancel()
				if err := chromedp.Do(tab); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(tab, patience)
				defer cancel()

				_, page, result := signIn(t)
				do(t, ctx, l.apply(), chromedp.Navigate(page))
				if title := run(t, ctx, chromedp.Title()); title != "Approve this sign-in?" {
					t.Errorf("the first page is %q", title)
				}
				checkPage(t, ctx)
				do(t, ctx, chromedp.Click("button[value="+outcome.button+"]"))
				awaitTitle(t, ctx, outcome.title)

				if err := <-result; !errors.Is(err, outcome.err) {
					t.Errorf("error %v, want %v", err, outcome.err)
				}
				if text := strings.ReplaceAll(run(t, ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`)), "\n\n", "\n"); text != outcome.text {
					t.Errorf("text %q, want %q", text, outcome.text)
				}
				if address := run(t, ctx, chromedp.Location()); strings.ContainsAny(address, "?#") {
					t.Errorf("the address bar holds %q", address)
				}
				if referrer := run(t, ctx, chromedp.Evaluate[string]("document.referrer")); referrer != "" {
					t.Errorf("the referrer is %q", referrer)
				}
				checkPage(t, ctx)
				checkTree(t, ctx, outcome.tree)
				checkPolicy(t, ctx)
				keep(t, l.name+" "+outcome.button, run(t, ctx, chromedp.CaptureScreenshot()))
			})
		}
	}
}

// awaitTitle waits until the tab has a page of that title. The driver loses track of elements
// when a form leads to another origin, so this asks the page.
func awaitTitle(t *testing.T, ctx context.Context, want string) {
	t.Helper()
	for {
		title, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.title"))
		switch {
		case err == nil && title == want:
			return
		case ctx.Err() != nil:
			t.Fatalf("title %q, want %q: %v", title, want, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// contrast lists texts that are harder to read than WCAG 2 level AA allows.
const contrast = `(() => {
	const rgba = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m };
	const light = c => c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const back = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3]) return c } return [255, 255, 255] };
	return [...document.querySelectorAll("h1, p, li, button, code, strong")].map(e => {
		const [a, b] = [light(rgba(getComputedStyle(e).color)), light(back(e))];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		return ratio < 4.5 ? e.innerText + ": " + ratio : "";
	}).filter(Boolean).join("; ");
})()`

// checkPage holds that the page can be read: by its language, without scrolling sideways, and
// with contrast.
func checkPage(t *testing.T, ctx context.Context) {
	t.Helper()
	if lang := run(t, ctx, chromedp.Evaluate[string]("document.documentElement.lang")); lang != "en" {
		t.Errorf("language %q", lang)
	}
	if run(t, ctx, chromedp.Evaluate[bool]("document.documentElement.scrollWidth > innerWidth")) {
		t.Error("the page is wider than the window")
	}
	if bad := run(t, ctx, chromedp.Evaluate[string](contrast)); bad != "" {
		t.Errorf("too little contrast: %s", bad)
	}
}

// checkPolicy holds that the style sheet of the page is applied, and nothing added to the page
// is.
func checkPolicy(t *testing.T, ctx context.Context) {
	t.Helper()
	if width := run(t, ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("main")).maxWidth`)); width != "480px" {
		t.Errorf("the style sheet is not applied: maximum width %s", width)
	}
	const add = `(() => {
		const script = document.createElement("script"), style = document.createElement("style");
		script.textContent = "window.ran = true";
		style.textContent = "main { max-width: 1px }";
		document.head.append(script, style);
		return window.ran === undefined && getComputedStyle(document.querySelector("main")).maxWidth === "480px";
	})()`
	if !run(t, ctx, chromedp.Evaluate[bool](add)) {
		t.Error("the page runs a script or style that was added to it")
	}
}

// keep writes a screenshot to $SCREENSHOTS, for people to look at.
func keep(t *testing.T, name string, png []byte) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".png"), png, 0o600); err != nil {
		t.Error(err)
	}
}

func run[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}
