package tokencache_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// AWS CLI 2.36 gives its registration files these names.
func TestRegistrationFile(t *testing.T) {
	const startURL = "https://d-1.awsapps.com/start"
	for _, tt := range []struct {
		name string
		key  tokencache.RegistrationKey
		sum  string
	}{
		{
			"scopes and session",
			tokencache.RegistrationKey{StartURL: startURL, Region: "us-east-1", Scopes: []string{"sso:account:access", "foo:bar"}, SessionName: "s"},
			"6057b196cce6f6ed32f578f77c904c1760d9d025",
		},
		{"neither", tokencache.RegistrationKey{StartURL: startURL, Region: "us-east-1"}, "4c8232f5b856247191190eb9e4a2d778dc4f2b56"},
		{"session", tokencache.RegistrationKey{StartURL: startURL, Region: "us-east-1", SessionName: "s"}, "1cbeb759203a81330d0532bf236a1d41c43252d9"},
		{"non-ASCII session", tokencache.RegistrationKey{StartURL: startURL, Region: "us-east-1", SessionName: "sé"}, "28071fcac18894b0c3976c08601124d8cc9b625e"},
		{"empty scopes", tokencache.RegistrationKey{StartURL: startURL, Region: "us-east-1", Scopes: []string{}}, "9a405df98299976c542f2de226cffd47093abfe8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
			if _, err := dir.LoadRegistration(t.Context(), tt.key); !errors.Is(err, tokencache.ErrNotFound) {
				t.Errorf("LoadRegistration: %v, want ErrNotFound", err)
			}
			want := &tokencache.Registration{ClientID: "cid", ClientSecret: "csec", ExpiresAt: registrationExpiry}
			if err := dir.StoreRegistration(t.Context(), tt.key, want); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(string(dir), tt.sum+".json")
			filetest.Want(t, path, `{"clientId": "cid", "clientSecret": "csec", "expiresAt": "2030-03-17T17:46:40Z"}`)
			filetest.WantMode(t, path, 0o600)
			filetest.WantMode(t, string(dir), fs.ModeDir|0o700)
			got, err := dir.LoadRegistration(t.Context(), tt.key)
			if err != nil {
				t.Fatal(err)
			}
			wantRegistration(t, got, want)
			if entries, err := dir.Entries(t.Context()); err != nil || len(entries) != 0 {
				t.Errorf("Entries: %v, %v; want no entry for a registration", entries, err)
			}
		})
	}
}

func TestRegistrationContent(t *testing.T) {
	const plain = `{"clientId": "cid", "clientSecret": "csec", "expiresAt": "2030-03-17T17:46:40Z"`
	key := tokencache.RegistrationKey{StartURL: "https://d-1.awsapps.com/start", Region: "us-east-1"}
	for _, tt := range []struct {
		name               string
		scopes, grantTypes []string
		want               string
	}{
		{"device code", nil, nil, plain + "}"},
		{"device code with scopes", []string{"sso:account:access", "é"}, nil, plain + `, "scopes": ["sso:account:access", "\u00e9"]}`},
		{
			"authorization code",
			[]string{"sso:account:access"},
			[]string{"authorization_code", "refresh_token"},
			plain + `, "scopes": ["sso:account:access"], "grantTypes": ["authorization_code", "refresh_token"]}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tokencache.Dir(t.TempDir())
			want := &tokencache.Registration{
				ClientID: "cid", ClientSecret: "csec", ExpiresAt: registrationExpiry, Scopes: tt.scopes, GrantTypes: tt.grantTypes,
			}
			if err := dir.StoreRegistration(t.Context(), key, want); err != nil {
				t.Fatal(err)
			}
			filetest.Want(t, filepath.Join(string(dir), "4c8232f5b856247191190eb9e4a2d778dc4f2b56.json"), tt.want)
			got, err := dir.LoadRegistration(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			wantRegistration(t, got, want)
		})
	}
}

func TestRegistrationInvalid(t *testing.T) {
	const rest = `"clientId":"cid","clientSecret":"hunter2","expiresAt":"2030-03-17T17:46:40Z"}`
	key := tokencache.RegistrationKey{StartURL: "https://d-1.awsapps.com/start", Region: "us-east-1"}
	for _, tt := range []struct{ name, content, reason string }{
		{"cut off", `{"clientId":"cid","clientSecret":"hunter2`, "not valid JSON"},
		{"list", "[]", "not a JSON object"},
		{"no client id", `{"clientSecret":"hunter2","expiresAt":"2030-03-17T17:46:40Z"}`, `no "clientId"`},
		{"no client secret", `{"clientId":"cid","expiresAt":"2030-03-17T17:46:40Z"}`, `no "clientSecret"`},
		{"no expiry", `{"clientId":"cid","clientSecret":"hunter2"}`, `"expiresAt" is missing or not a time`},
		{"number for expiry", `{"clientId":"cid","clientSecret":"hunter2","expiresAt":1900000000}`, `"expiresAt" is not a string`},
		{"number for client id", `{"clientId":5}`, `"clientId" is not a string`},
		{"number for client secret", `{"clientSecret":5}`, `"clientSecret" is not a string`},
		{"string for scopes", `{"scopes":"hunter2",` + rest, `"scopes" is not a list of strings`},
		{"number among grant types", `{"grantTypes":[1],` + rest, `"grantTypes" is not a list of strings`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tokencache.Dir(t.TempDir())
			path := filepath.Join(string(dir), "4c8232f5b856247191190eb9e4a2d778dc4f2b56.json")
			filetest.Write(t, path, tt.content)
			r, err := dir.LoadRegistration(t.Context(), key)
			var invalid *tokencache.InvalidError
			if !errors.As(err, &invalid) || r != nil {
				t.Fatalf("LoadRegistration = %v, %v; want an *InvalidError", r, err)
			}
			if invalid.Path != path || invalid.Reason != tt.reason {
				t.Errorf("error %+v, want %q", invalid, tt.reason)
			}
		})
	}
	t.Run("null lists and unknown members", func(t *testing.T) {
		dir := tokencache.Dir(t.TempDir())
		filetest.Write(t, filepath.Join(string(dir), "4c8232f5b856247191190eb9e4a2d778dc4f2b56.json"), `{"scopes":null,"grantTypes":null,"x":1,`+rest)
		got, err := dir.LoadRegistration(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		wantRegistration(t, got, &tokencache.Registration{ClientID: "cid", ClientSecret: "hunter2", ExpiresAt: registrationExpiry})
	})
}

func TestStoreRegistrationErrors(t *testing.T) {
	dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
	whole := tokencache.Registration{ClientID: "cid", ClientSecret: "hunter2", ExpiresAt: registrationExpiry}
	for name, change := range map[string]func(r *tokencache.Registration){
		"no client id":     func(r *tokencache.Registration) { r.ClientID = "" },
		"no client secret": func(r *tokencache.Registration) { r.ClientSecret = "" },
		"no expiry":        func(r *tokencache.Registration) { r.ExpiresAt = time.Time{} },
		"invalid UTF-8":    func(r *tokencache.Registration) { r.ClientSecret = "hunter2\xff" },
		"placeholder":      func(r *tokencache.Registration) { r.ClientSecret = "[redacted]" },
	} {
		r := whole
		change(&r)
		err := dir.StoreRegistration(t.Context(), tokencache.RegistrationKey{}, &r)
		if err == nil || !strings.HasPrefix(err.Error(), "tokencache: encode registration: ") || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := tokencache.RegistrationKey{SessionName: "s\xff"}
	if err := dir.StoreRegistration(t.Context(), bad, &whole); err == nil {
		t.Error("StoreRegistration accepted a key that is not valid UTF-8")
	}
	if _, err := dir.LoadRegistration(t.Context(), bad); err == nil || errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("LoadRegistration: %v", err)
	}
}

func wantRegistration(t *testing.T, got, want *tokencache.Registration) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Transformer("plain", func(s tokencache.Secret) string { return string(s) })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
