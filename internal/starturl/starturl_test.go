package starturl

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// site answers requests and notes them.
type site struct {
	answers []answer // one for each request
	asked   []string
	err     error
}

type answer struct {
	status   int
	location string
}

func (s *site) Do(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.Method+" "+r.URL.String())
	if _, ok := r.Context().Deadline(); !ok {
		return nil, errors.New("no deadline")
	}
	if s.err != nil {
		return nil, &url.Error{Op: r.Method, URL: r.URL.String(), Err: s.err}
	}
	a := s.answers[0]
	s.answers = s.answers[1:]
	h := http.Header{}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(""))}, nil
}

func TestOwnedByAWS(t *testing.T) {
	for _, host := range []string{
		"d-1.awsapps.com", "D-1.AWSAPPS.COM", "d-1.awsapps.com.", "awsapps.com", "d-1.awsapps.cn",
		"ssoins-1.portal.us-east-1.app.aws", "ssoins-1.us-east-1.portal.amazonaws.com",
		"ssoins-1.cn-north-1.portal.amazonaws.com.cn", "ssoins-1.portal.cn-north-1.app.amazonwebservices.com.cn",
		"ssoins-1.eusc-de-east-1.portal.amazonaws.eu", "ssoins-1.portal.eusc-de-east-1.api.amazonwebservices.eu",
		"identitycenter.amazonaws.com", "identitycenter.amazonaws.com.cn", "identitycenter.amazonaws.eu", "identitycenter.us-gov.amazonaws.com",
	} {
		if !OwnedByAWS(host) {
			t.Errorf("%s is not AWS's", host)
		}
	}
	for _, host := range []string{
		"", ".", "example.com", "evilawsapps.com", "awsapps.com.example.com", "awsapps.com..", "app.aws.evil",
		"amazonaws.com", "s3.amazonaws.com", "x.identitycenter.amazonaws.com", "api.aws", "xapp.aws",
	} {
		if OwnedByAWS(host) {
			t.Errorf("%s is AWS's", host)
		}
	}
}

func TestRegion(t *testing.T) {
	for host, want := range map[string]string{
		"ssoins-1.portal.us-east-1.app.aws":                           "us-east-1",
		"SSOINS-1.Portal.EU-West-1.app.aws.":                          "eu-west-1",
		"ssoins-1.us-gov-west-1.portal.amazonaws.com":                 "us-gov-west-1",
		"ssoins-1.cn-north-1.portal.amazonaws.com.cn":                 "cn-north-1",
		"ssoins-1.portal.cn-northwest-1.app.amazonwebservices.com.cn": "cn-northwest-1",
		"ssoins-1.eusc-de-east-1.portal.amazonaws.eu":                 "eusc-de-east-1",
		"ssoins-1.portal.eusc-de-east-1.api.amazonwebservices.eu":     "eusc-de-east-1",
		"d-1.awsapps.com":                               "",
		"identitycenter.us-gov.amazonaws.com":           "",
		"a.b.portal.us-east-1.app.aws":                  "",
		"portal.us-east-1.app.aws":                      "",
		"ssoins-1.portal.us-east-1.app.aws.example.com": "",
		"x.example.com":                                 "",
	} {
		if got := Region(host); got != want {
			t.Errorf("region of %s is %q, want %q", host, got, want)
		}
	}
}

func TestResolve(t *testing.T) {
	const vanity = "https://sso.example.com/aws?from=mail#/"
	tests := []struct {
		name       string
		configured string
		region     string
		answers    []answer
		want       Portal
		asked      []string
	}{
		{name: "AWS's own", configured: "https://d-1.awsapps.com/start/#/", region: "eu-west-1", want: Portal{"https://d-1.awsapps.com/start/#/", "eu-west-1"}},
		{name: "AWS's own, in upper case", configured: "https://D-1.awsapps.com/start", region: "eu-west-1", want: Portal{"https://D-1.awsapps.com/start", "eu-west-1"}},
		{name: "AWS's own keeps the configured region", configured: "https://s.portal.us-east-1.app.aws", region: "eu-west-1", want: Portal{"https://s.portal.us-east-1.app.aws", "eu-west-1"}},
		{name: "AWS's own, region in the host only", configured: "https://s.portal.us-east-1.app.aws", want: Portal{"https://s.portal.us-east-1.app.aws", "us-east-1"}},
		{
			name: "redirect", configured: vanity, region: "us-east-1",
			answers: []answer{{302, "https://d-1.awsapps.com/start"}},
			want:    Portal{"https://d-1.awsapps.com/start", "us-east-1"},
			asked:   []string{"HEAD https://sso.example.com/aws?from=mail"},
		},
		{
			name: "region of the host wins", configured: vanity, region: "us-east-1",
			answers: []answer{{308, "https://s.portal.eu-west-1.app.aws/"}},
			want:    Portal{"https://s.portal.eu-west-1.app.aws", "eu-west-1"},
		},
		{
			name: "normalized", configured: vanity, region: "us-east-1",
			answers: []answer{{301, "https://user:secret@D-1.AWSAPPS.com:443/start//?a=b#/c"}},
			want:    Portal{"https://d-1.awsapps.com/start", "us-east-1"},
		},
		{
			name: "escaped path and a port stay", configured: vanity, region: "us-east-1",
			answers: []answer{{307, "https://d-1.awsapps.com:8443/a%2Fb/"}},
			want:    Portal{"https://d-1.awsapps.com:8443/a%2Fb", "us-east-1"},
		},
		{
			name: "no HEAD", configured: vanity, region: "us-east-1",
			answers: []answer{{405, ""}, {303, "//d-1.awsapps.com/start"}},
			want:    Portal{"https://d-1.awsapps.com/start", "us-east-1"},
			asked:   []string{"HEAD https://sso.example.com/aws?from=mail", "GET https://sso.example.com/aws?from=mail"},
		},
		{
			name: "HEAD not implemented", configured: vanity, region: "us-east-1",
			answers: []answer{{501, ""}, {302, "https://d-1.awsapps.com/start"}},
			want:    Portal{"https://d-1.awsapps.com/start", "us-east-1"},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := &site{answers: tc.answers}
			got, err := Resolve(t.Context(), s, tc.configured, tc.region)
			if err != nil || got != tc.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
			if tc.asked != nil && !slices.Equal(s.asked, tc.asked) {
				t.Errorf("asked %q, want %q", s.asked, tc.asked)
			}
			if len(s.answers) > 0 || tc.answers == nil && s.asked != nil {
				t.Errorf("asked %q", s.asked)
			}
		})
	}
}

func TestResolveFails(t *testing.T) {
	const vanity = "https://sso.example.com/aws"
	tests := []struct {
		name       string
		configured string
		region     string
		answers    []answer
		want       string
	}{
		{"http", "http://d-1.awsapps.com/start", "us-east-1", nil, "not an https URL"},
		{"no host", "https:///start", "us-east-1", nil, "not a URL"},
		{"no URL", "d-1.awsapps.com/start", "us-east-1", nil, "not a URL"},
		{"control characters", "https://d-1.awsapps.com/\n", "us-east-1", nil, "not a URL"},
		{"AWS's own, no region", "https://d-1.awsapps.com/start", "", nil, "has no region"},
		{"no redirect", vanity, "us-east-1", []answer{{200, ""}}, "no redirect"},
		{"not found", vanity, "us-east-1", []answer{{404, ""}}, "HTTP status 404"},
		{"not found for GET", vanity, "us-east-1", []answer{{405, ""}, {405, ""}}, "HTTP status 405"},
		{"304", vanity, "us-east-1", []answer{{304, "https://d-1.awsapps.com/start"}}, "HTTP status 304"},
		{"no Location", vanity, "us-east-1", []answer{{302, ""}}, "no Location"},
		{"bad Location", vanity, "us-east-1", []answer{{302, "https://%zz"}}, "invalid Location"},
		{"to http", vanity, "us-east-1", []answer{{302, "http://d-1.awsapps.com/start"}}, "not an https URL"},
		{"to a second redirect", vanity, "us-east-1", []answer{{302, "https://www.example.com/aws"}}, `"https://www.example.com/aws", which is not an AWS access portal`},
		{"to a look-alike", vanity, "us-east-1", []answer{{302, "https://d-1.awsapps.com.example.com/"}}, "not an AWS access portal"},
		{"to a user name", vanity, "us-east-1", []answer{{302, "https://d-1.awsapps.com:secret@example.com/"}}, "not an AWS access portal"},
		{"to a backslash", vanity, "us-east-1", []answer{{302, `https://example.com\@d-1.awsapps.com/`}}, "invalid Location"},
		{"to itself", vanity, "us-east-1", []answer{{302, "/login"}}, "not an AWS access portal"},
		{"no region anywhere", vanity, "", []answer{{302, "https://d-1.awsapps.com/start"}}, "has no region"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := &site{answers: tc.answers}
			got, err := Resolve(t.Context(), s, tc.configured, tc.region)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %+v, error %v; want one with %q", got, err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a password: %v", err)
			}
			if len(s.answers) > 0 {
				t.Errorf("asked %q only", s.asked)
			}
		})
	}
}

func TestResolveOffline(t *testing.T) {
	s := &site{err: context.DeadlineExceeded}
	_, err := Resolve(t.Context(), s, "https://sso.example.com", "us-east-1")
	if !errors.Is(err, context.DeadlineExceeded) || strings.Count(err.Error(), "sso.example.com") != 1 {
		t.Errorf("error %v", err)
	}
}
