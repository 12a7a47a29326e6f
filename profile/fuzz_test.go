package profile

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

func FuzzResolve(f *testing.F) {
	f.Add([]byte("[profile a]\nsso_session = s\nrole_arn = r\nsource_profile = b\nservices = x\n[profile b]\nsso_start_url = u\n"+
		"sso_region = r\nsso_account_id = 1\nsso_role_name = n\n[sso-session s]\nsso_region = r\nsso_start_url = u\n[services x]\nsso =\n endpoint_url = e\n"),
		[]byte("[a]\naws_access_key_id = x"), "a")
	f.Add([]byte("[profile a]\nrole_arn = r\nsource_profile = a\n"), []byte(""), "a")
	f.Add([]byte("[a]\n[Profile b]\n[profile c d]\n"), []byte("[profile c]\n[sso-session s]"), "c d")
	f.Fuzz(func(t *testing.T, config, credentials []byte, name string) {
		if name == "" {
			return
		}
		r := &resolver{
			config:      configfile.Searcher{Source: configfile.Source{Path: "config", Data: config}},
			credentials: configfile.Searcher{Source: configfile.Source{Path: "credentials", Data: credentials}, Credentials: true},
			getenv:      func(string) string { return "" },
		}
		p, bad := r.load(name)
		if (p == nil) == (bad == nil) {
			t.Fatalf("got %v and %v", p, bad)
		}
		if bad != nil {
			checkError(t, bad, config, credentials)
			return
		}
		if p.Name != name || (p.AccountID == "") != (p.RoleName == "") {
			t.Errorf("profile %+v", p)
		}
	})
}

// checkError checks what must be true of every error.
func checkError(t *testing.T, e *Error, config, credentials []byte) {
	t.Helper()
	file := config
	if e.File == "credentials" {
		file = credentials
	}
	if e.Line < 0 || e.Line > 1+bytes.Count(file, []byte("\n")) {
		t.Errorf("%v: no such line", e)
	}
	if e.Reason == "" || e.Profile == "" && e.Session == "" {
		t.Errorf("error says too little: %v", e)
	}
}

// largeConfig is a file of n profiles of one session, the session first.
func largeConfig(n int) []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, "[sso-session corp]\nsso_start_url = https://d-0123456789.awsapps.com/start\nsso_region = us-east-1\n\n")
	for i := range n {
		fmt.Fprintf(&b, "[profile team-%05d]\nsso_session = corp\nsso_account_id = %012d\nsso_role_name = ReadOnlyAccess\nregion = us-east-1\noutput = json\n\n", i, i)
	}
	return b.Bytes()
}
