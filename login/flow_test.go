package login

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// login calls Login for the session of the desk, and returns the names of the UI functions
// that were called.
func (d *desk) login(t *testing.T, optFns ...func(*Options)) (*tokencache.Token, string, error) {
	t.Helper()
	p := profile.SignIn{Profile: "dev", Session: d.session, Connection: profile.Connection{Endpoints: profile.Endpoints{SSOOIDC: d.server.URL()}}}
	return d.loginTo(t.Context(), p, optFns...)
}

func (d *desk) loginTo(ctx context.Context, p profile.SignIn, optFns ...func(*Options)) (*tokencache.Token, string, error) {
	var called []string
	ui := UI{
		OpenBrowser: d.ui.OpenBrowser,
		ShowURL:     func(AuthorizationRequest) { called = append(called, "ShowURL") },
		ShowCode:    func(DeviceCode) { called = append(called, "ShowCode") },
	}
	tok, err := Login(ctx, p, ui, append([]func(*Options){func(o *Options) {
		o.TokenCache, o.Logger = d.dir, d
	}}, optFns...)...)
	return tok, strings.Join(called, " "), err
}

// visitAuthorize opens the pages of the browser flow only: idctest approves codes by itself.
func visitAuthorize(d *desk, address string) {
	if strings.Contains(address, "/authorize?") {
		visit(d, address)
	}
}

func TestFlow(t *testing.T) {
	legacy := &profile.Session{StartURL: portal, Region: "us-east-1"}
	flow := func(f Flow) func(*Options) { return func(o *Options) { o.Flow = f } }
	tests := []struct {
		name    string
		session *profile.Session // nil: corp
		flow    Flow
		fault   map[string]idctest.Fault
		want    string // UI functions called
		warning string
		err     string
	}{
		{name: "auto", want: "ShowURL"},
		{name: "browser", flow: FlowBrowser, want: "ShowURL"},
		{name: "device code", flow: FlowDeviceCode, want: "ShowCode"},
		{name: "auto, legacy", session: legacy, want: "ShowCode"},
		{name: "browser, legacy", session: legacy, flow: FlowBrowser, err: "the browser flow needs an sso-session"},
		{
			name:  "auto, refused by RegisterClient",
			fault: map[string]idctest.Fault{"RegisterClient": {Code: "InvalidRequestException", Message: "no such grant"}},
			want:  "ShowCode", warning: "falling back to a device code: ",
		},
		{
			name:  "auto, refused by CreateToken",
			fault: map[string]idctest.Fault{"CreateToken": {Code: "UnsupportedGrantTypeException"}},
			want:  "ShowURL ShowCode", warning: "UnsupportedGrantTypeException",
		},
		{
			name: "browser, refused by RegisterClient", flow: FlowBrowser,
			fault: map[string]idctest.Fault{"RegisterClient": {Code: "InvalidRequestException"}},
			err:   "login: register client: ",
		},
		{
			name:  "auto, a failure that is no refusal",
			fault: map[string]idctest.Fault{"RegisterClient": {Code: "InvalidScopeException"}},
			err:   "InvalidScopeException",
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk(t, visitAuthorize)
			if tc.session != nil {
				d.session = tc.session
			}
			for operation, fault := range tc.fault {
				d.server.Fail(operation, fault)
			}
			tok, called, err := d.login(t, flow(tc.flow))
			if called != tc.want || (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Errorf("called %q, error %v; want %q, %q", called, err, tc.want, tc.err)
			}
			if (tok == nil) != (err != nil) {
				t.Errorf("token %v, error %v", tok, err)
			}
			if got := d.log.String(); tc.warning == "" && strings.Contains(got, "WARN") || !strings.Contains(got, tc.warning) {
				t.Errorf("want the warning %q:\n%s", tc.warning, got)
			}
		})
	}
}

func TestFlowRefusedByTheAuthorizationServer(t *testing.T) {
	d := newDesk(t, func(_ *desk, address string) {
		if strings.Contains(address, "/authorize?") {
			refuse(t, address, "unsupported_response_type")
		}
	})
	if _, called, err := d.login(t); err != nil || called != "ShowURL ShowCode" {
		t.Errorf("called %q, error %v", called, err)
	}
	if _, called, err := d.login(t, func(o *Options) { o.Flow = FlowBrowser }); err == nil || called != "ShowURL" {
		t.Errorf("called %q, error %v", called, err)
	}
}

// TestFlowDenied holds that a user who denies is not asked again in another way.
func TestFlowDenied(t *testing.T) {
	d := newDesk(t, func(_ *desk, address string) { refuse(t, address, "access_denied") })
	if _, called, err := d.login(t); !errors.Is(err, ErrDenied) || called != "ShowURL" {
		t.Errorf("called %q, error %v", called, err)
	}
}

func TestFlowCallbackPortTaken(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	d := newDesk(t, visitAuthorize)
	if _, called, err := d.login(t, func(o *Options) { o.CallbackPort = port }); err == nil || called != "" {
		t.Errorf("called %q, error %v: want one about the port", called, err)
	}
}

// vanity serves an organization's own start URL, and AWS's OIDC endpoint of one region.
type vanity struct {
	t      *testing.T
	server *idctest.Server
	hosts  []string
}

func (v *vanity) RoundTrip(r *http.Request) (*http.Response, error) {
	v.hosts = append(v.hosts, r.Method+" "+r.URL.Host)
	switch r.URL.Host {
	case "sso.example.com":
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"https://ssoins-1.portal.eu-west-1.app.aws/?x"}}, Body: http.NoBody, Request: r}, nil
	case "oidc.eu-west-1.amazonaws.com":
		target, err := url.Parse(v.server.URL())
		if err != nil {
			return nil, err
		}
		sent := r.Clone(r.Context())
		sent.URL.Scheme, sent.URL.Host, sent.Host = target.Scheme, target.Host, target.Host
		return http.DefaultTransport.RoundTrip(sent)
	}
	v.t.Errorf("a request to %s", r.URL.Host)
	return nil, errors.New("no such host")
}

func TestVanityStartURL(t *testing.T) {
	const configured, resolved = "https://sso.example.com/start", "https://ssoins-1.portal.eu-west-1.app.aws"
	for _, flow := range []Flow{FlowBrowser, FlowDeviceCode} {
		d := newDesk(t, func(d *desk, address string) {
			visit(d, strings.Replace(address, "https://oidc.eu-west-1.amazonaws.com", d.server.URL(), 1))
		}, func(o *idctest.Options) { o.StartURL, o.Region = resolved, "eu-west-1" })
		if flow == FlowDeviceCode {
			d.ui.OpenBrowser = nil
		}
		net := &vanity{t: t, server: d.server}
		p := profile.SignIn{Profile: "dev", Session: &profile.Session{Name: "corp", StartURL: configured, Region: "us-east-1"}}
		opts := func(o *Options) { o.Flow, o.HTTPClient = flow, &http.Client{Transport: net} }
		_, called, err := d.loginTo(t.Context(), p, opts)
		wrong, ok := errors.AsType[*RegionError](err)
		if bad, isProfile := errors.AsType[*profile.Error](err); !ok || !isProfile || wrong.Region != "eu-west-1" || bad.Fix != "set it to eu-west-1" || called != "" {
			t.Fatalf("called %q, error %v", called, err)
		}
		p.Session.Region = wrong.Region
		tok, _, err := d.loginTo(t.Context(), p, opts)
		if err != nil {
			t.Fatal(err)
		}
		if tok.StartURL != configured || tok.Region != "eu-west-1" {
			t.Errorf("token of %s in %s", tok.StartURL, tok.Region)
		}
		if net.hosts[0] != "HEAD sso.example.com" {
			t.Errorf("requests: %q", net.hosts)
		}
		// The AWS CLI names the registration after the configured URL and the resolved region.
		d.file(t, strings.NewReplacer("us-east-1", "eu-west-1", portal, configured).Replace(registrationFile))
		d.file(t, "corp")
	}
}

func TestVanityStartURLFails(t *testing.T) {
	d := newDesk(t, stay)
	p := profile.SignIn{Profile: "dev", Session: &profile.Session{Name: "corp", StartURL: "https://sso.example.com/start", Region: "us-east-1"}}
	none := roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
	_, called, err := d.loginTo(t.Context(), p, func(o *Options) { o.HTTPClient = &http.Client{Transport: none} })
	if called != "" || err == nil || !strings.Contains(err.Error(), "no redirect to an AWS access portal") {
		t.Errorf("called %q, error %v", called, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
