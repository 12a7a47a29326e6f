package awsrest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	officialsso "github.com/aws/aws-sdk-go-v2/service/sso"
	officialoidc "github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// endpointCase is what decides about an endpoint.
type endpointCase struct {
	region    string
	fips      bool
	dualStack bool
	custom    string
}

// urlClient is an HTTP client that keeps the URL, and answers 200.
type urlClient struct{ url string }

func (c *urlClient) Do(r *http.Request) (*http.Response, error) {
	c.url = r.URL.String()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func (c endpointCase) states() (fips aws.FIPSEndpointState, dual aws.DualStackEndpointState, base *string) {
	if c.fips {
		fips = aws.FIPSEndpointStateEnabled
	}
	if c.dualStack {
		dual = aws.DualStackEndpointStateEnabled
	}
	if c.custom != "" {
		base = &c.custom
	}
	return fips, dual, base
}

// portal returns the URL of our portal client's Logout, and the SDK's.
func (c endpointCase) portal(t *testing.T) (got, want string, gotErr, wantErr error) {
	t.Helper()
	fips, dual, base := c.states()
	ours, theirs := &urlClient{}, &urlClient{}
	_, gotErr = resttest.Call(t.Context(), t, sso.New(sso.Options{
		Region: c.region, BaseEndpoint: base, HTTPClient: ours,
		EndpointOptions: sso.EndpointOptions{UseFIPSEndpoint: fips, UseDualStackEndpoint: dual},
	}), "Logout", resttest.FillSnapshot)
	_, wantErr = resttest.Call(t.Context(), t, officialsso.New(officialsso.Options{
		Region: c.region, BaseEndpoint: base, HTTPClient: theirs,
		EndpointOptions: officialsso.EndpointResolverOptions{UseFIPSEndpoint: fips, UseDualStackEndpoint: dual},
	}), "Logout", resttest.FillSnapshot)
	return ours.url, theirs.url, gotErr, wantErr
}

// oidc returns the URL of our OIDC client's RegisterClient, and the SDK's.
func (c endpointCase) oidc(t *testing.T) (got, want string, gotErr, wantErr error) {
	t.Helper()
	fips, dual, base := c.states()
	ours, theirs := &urlClient{}, &urlClient{}
	_, gotErr = resttest.Call(t.Context(), t, ssooidc.New(ssooidc.Options{
		Region: c.region, BaseEndpoint: base, HTTPClient: ours,
		EndpointOptions: ssooidc.EndpointOptions{UseFIPSEndpoint: fips, UseDualStackEndpoint: dual},
	}), "RegisterClient", resttest.FillSnapshot)
	_, wantErr = resttest.Call(t.Context(), t, officialoidc.New(officialoidc.Options{
		Region: c.region, BaseEndpoint: base, HTTPClient: theirs,
		EndpointOptions: officialoidc.EndpointResolverOptions{UseFIPSEndpoint: fips, UseDualStackEndpoint: dual},
	}), "RegisterClient", resttest.FillSnapshot)
	return ours.url, theirs.url, gotErr, wantErr
}

// regions returns every region the SDK knows.
func regions(t *testing.T) []string {
	t.Helper()
	filetest.SkipUnderWine(t, "go command")
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "internal/endpoints/awsrulesfn/partitions.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Partitions []struct {
			Regions map[string]any `json:"regions"`
		} `json:"partitions"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range file.Partitions {
		for name := range p.Regions {
			names = append(names, name)
		}
	}
	if len(file.Partitions) != 8 || len(names) < 50 {
		t.Fatalf("read %d partitions, %d regions", len(file.Partitions), len(names))
	}
	return names
}

// TestEndpointsLikeTheSDK resolves a grid of regions and settings with the SDK's clients and ours.
func TestEndpointsLikeTheSDK(t *testing.T) {
	names := append(regions(t), "", "mars-north-1", "us-newplace-3", "us-iso-mars-12", "us-isob-x-1", "eu-isoe-x-9",
		"us-isof-x-9", "us-gov-mars-1", "eusc-de-x-1", "eusc-fr-x-1", "cn-x-1", "aws-eusc-global", "us-iso-1", "us--1", "us-x-y",
		"us-x-1-y", "xus-east-1", "US-EAST-1", "fips-us-east-1", "us-east-1-fips", "us-fips-east-1", "fips-us-gov-west-1",
		"us-gov-west-1-fips", "-us-east-1", "us-east-1-", "us east 1", "us/east", "us_x-1", "evil.example#", "a.b", "a..b", "é-1",
		strings.Repeat("a", 63), strings.Repeat("a", 64), "us-x.y-1", "us-x-")
	for _, region := range names {
		for flags := range 8 {
			c := endpointCase{region: region, fips: flags&1 != 0, dualStack: flags&2 != 0}
			if flags&4 != 0 {
				c.custom = "http://localhost:8080/base/"
			}
			for service, resolve := range map[string]func(*testing.T) (string, string, error, error){"portal": c.portal, "oidc": c.oidc} {
				got, want, gotErr, wantErr := resolve(t)
				if got != want || (gotErr == nil) != (wantErr == nil) {
					t.Errorf("%s %+v: %s (%v)\nSDK: %s (%v)", service, c, got, gotErr, want, wantErr)
				}
			}
		}
	}
}

func TestEndpoint(t *testing.T) {
	tests := map[string]struct {
		endpointCase
		want    string // of the portal's Logout
		wantErr string
	}{
		"plain":                     {endpointCase{region: "us-east-1"}, "https://portal.sso.us-east-1.amazonaws.com/logout", ""},
		"FIPS":                      {endpointCase{region: "us-east-1", fips: true}, "https://portal.sso-fips.us-east-1.amazonaws.com/logout", ""},
		"dual-stack":                {endpointCase{region: "us-east-1", dualStack: true}, "https://portal.sso.us-east-1.api.aws/logout", ""},
		"FIPS in GovCloud":          {endpointCase{region: "us-gov-west-1", fips: true}, "https://portal.sso.us-gov-west-1.amazonaws.com/logout", ""},
		"both in GovCloud":          {endpointCase{region: "us-gov-west-1", fips: true, dualStack: true}, "https://portal.sso-fips.us-gov-west-1.api.aws/logout", ""},
		"China":                     {endpointCase{region: "cn-north-1"}, "https://portal.sso.cn-north-1.amazonaws.com.cn/logout", ""},
		"European Sovereign Cloud":  {endpointCase{region: "eusc-de-east-1"}, "https://portal.sso.eusc-de-east-1.amazonaws.eu/logout", ""},
		"dual-stack there":          {endpointCase{region: "eusc-de-east-1", dualStack: true}, "https://portal.sso.eusc-de-east-1.api.amazonwebservices.eu/logout", ""},
		"isolated":                  {endpointCase{region: "us-isof-south-1"}, "https://portal.sso.us-isof-south-1.csp.hci.ic.gov/logout", ""},
		"region to come":            {endpointCase{region: "mars-north-1"}, "https://portal.sso.mars-north-1.amazonaws.com/logout", ""},
		"pseudo-region":             {endpointCase{region: "fips-us-east-1"}, "https://portal.sso-fips.us-east-1.amazonaws.com/logout", ""},
		"custom":                    {endpointCase{custom: "http://localhost:1"}, "http://localhost:1/logout", ""},
		"custom with path":          {endpointCase{custom: "http://h/a/b/"}, "http://h/a/b/logout", ""},
		"custom with escaped path":  {endpointCase{custom: "http://h/a%2Fb"}, "http://h/a%2Fb/logout", ""},
		"custom with query":         {endpointCase{custom: "http://h/a?x=y"}, "http://h/a/logout", ""},
		"custom and FIPS":           {endpointCase{custom: "http://h", fips: true}, "", "Invalid Configuration: FIPS and custom endpoint are not supported"},
		"custom and dual-stack":     {endpointCase{custom: "http://h", dualStack: true}, "", "Invalid Configuration: Dualstack and custom endpoint are not supported"},
		"custom, pseudo-region":     {endpointCase{custom: "http://h", region: "us-east-1-fips"}, "", "Invalid Configuration: FIPS and custom endpoint are not supported"},
		"custom without scheme":     {endpointCase{custom: "localhost:8080"}, "", `invalid endpoint "localhost:8080": not an absolute http or https URL`},
		"custom without host":       {endpointCase{custom: "http:///x"}, "", `invalid endpoint "http:///x": not an absolute http or https URL`},
		"custom of another scheme":  {endpointCase{custom: "ftp://h"}, "", `invalid endpoint "ftp://h": not an absolute http or https URL`},
		"custom with password":      {endpointCase{custom: "ftp://u:hunter2@h"}, "", `invalid endpoint "ftp://h"`},
		"custom with secret query":  {endpointCase{custom: "ftp://hunter2@h/a?hunter2"}, "", `invalid endpoint "ftp://h/a"`},
		"custom without slashes":    {endpointCase{custom: "u:hunter2@h"}, "", "invalid endpoint: not a URL"},
		"custom with one slash":     {endpointCase{custom: "https:/u:hunter2@h"}, "", "invalid endpoint: not a URL"},
		"custom not a URL":          {endpointCase{custom: "http://u:hunter2@h:x"}, "", "invalid endpoint: not a URL"},
		"no region":                 {endpointCase{}, "", "Invalid Configuration: Missing Region"},
		"region not in a host name": {endpointCase{region: "evil.example/#"}, "", `invalid region "evil.example/#"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, _, err, _ := tt.portal(t)
			switch {
			case tt.wantErr == "" && err != nil:
				t.Fatal(err)
			case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
				t.Errorf("error %v, want %s", err, tt.wantErr)
			case got != tt.want:
				t.Errorf("URL %s, want %s", got, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error shows a password: %v", err)
			}
		})
	}
}

// TestEmptyBaseEndpoint holds that an empty endpoint is none, as an empty environment variable is.
func TestEmptyBaseEndpoint(t *testing.T) {
	client := &urlClient{}
	_, err := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: new(""), HTTPClient: client}).
		Logout(t.Context(), &sso.LogoutInput{AccessToken: new("token")})
	if err != nil || client.url != "https://portal.sso.us-east-1.amazonaws.com/logout" {
		t.Errorf("URL %s, error %v", client.url, err)
	}
}
