package starturl

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// pages is a client that answers with pages, in turn. A page that starts with https is where
// it redirects to.
type pages struct {
	left  []string
	asked []string
}

func (p *pages) Do(r *http.Request) (*http.Response, error) {
	p.asked = append(p.asked, r.Method+" "+r.URL.String())
	if len(p.left) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	page := p.left[0]
	p.left = p.left[1:]
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page))}
	if strings.HasPrefix(page, "http") {
		resp.StatusCode = http.StatusFound
		resp.Header.Set("Location", page)
	}
	return resp, nil
}

const portalPageOf = `<!doctype html><html><head><meta charset="utf-8"/>
<meta name="region" content="eu-central-1"/><title>x</title></head></html>`

func TestFind(t *testing.T) {
	tests := map[string]struct {
		url   string
		pages []string
		want  string
		asked string
	}{
		"in the host":          {"https://ssoins-1.portal.us-west-2.app.aws", nil, "us-west-2", ""},
		"in the page":          {"https://d-1.awsapps.com/start/#/", []string{portalPageOf}, "eu-central-1", "GET https://d-1.awsapps.com/start/"},
		"in the page behind":   {"https://d-1.awsapps.com/start", []string{"https://d-1.awsapps.com/start/", portalPageOf}, "eu-central-1", "GET https://d-1.awsapps.com/start, GET https://d-1.awsapps.com/start/"},
		"of the own address":   {"https://aws.example.com", []string{"https://d-1.awsapps.com/start", portalPageOf}, "eu-central-1", "HEAD https://aws.example.com, GET https://d-1.awsapps.com/start"},
		"of the own, by host":  {"https://aws.example.com", []string{"https://s.portal.us-east-1.app.aws"}, "us-east-1", "HEAD https://aws.example.com"},
		"in other quotes":      {"https://d-1.awsapps.com/start", []string{"<META name='region'\n content='us-gov-west-1'>"}, "us-gov-west-1", ""},
		"of the long way":      {"https://d-1.awsapps.com/start", []string{"https://d-1.awsapps.com/2", "https://d-1.awsapps.com/3", "https://d-1.awsapps.com/4", "https://d-1.awsapps.com/5", portalPageOf}, "eu-central-1", ""},
		"a page without":       {"https://d-1.awsapps.com/start", []string{"<html>"}, "", ""},
		"what is no region":    {"https://d-1.awsapps.com/start", []string{`<meta name="region" content="evil.example/#"/>`}, "", ""},
		"to another host":      {"https://d-1.awsapps.com/start", []string{"https://example.com", portalPageOf}, "", "GET https://d-1.awsapps.com/start"},
		"to http":              {"https://d-1.awsapps.com/start", []string{"http://d-1.awsapps.com", portalPageOf}, "", "GET https://d-1.awsapps.com/start"},
		"in a circle":          {"https://d-1.awsapps.com/1", strings.Fields(strings.Repeat("https://d-1.awsapps.com/1 ", 9)), "", ""},
		"no response":          {"https://d-1.awsapps.com/start", nil, "", ""},
		"http":                 {"http://d-1.awsapps.com/start", []string{portalPageOf}, "", ""},
		"no URL":               {"d-1.awsapps.com/start", []string{portalPageOf}, "", ""},
		"a page without end":   {"https://d-1.awsapps.com/start", []string{strings.Repeat(" ", maxPage) + portalPageOf}, "", ""},
		"an address elsewhere": {"https://aws.example.com", []string{"<html>"}, "", "HEAD https://aws.example.com"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := &pages{left: tt.pages}
			got, err := Find(t.Context(), p, tt.url)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if asked := strings.Join(p.asked, ", "); tt.asked != "" && asked != tt.asked {
				t.Errorf("asked %q, want %q", asked, tt.asked)
			}
		})
	}
}

func TestIsRegion(t *testing.T) {
	for text, want := range map[string]bool{
		"eu-west-1": true, "us-gov-east-1": true, "eusc-de-east-1": true, "us-iso-west-1": true, "ap-southeast-10": true,
		"": false, "mars": false, "EU-WEST-1": false, "eu-west-1.example.com/#": false, "eu-west": false,
	} {
		if got := IsRegion(text); got != want {
			t.Errorf("IsRegion(%q) = %v", text, got)
		}
	}
}
