package configure

import (
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	tests := []struct {
		template string
		role     Role
		want     string
	}{
		{DefaultTemplate, Role{AccountName: "Playground", Name: "Developer"}, "Playground-Developer"},
		{DefaultTemplate, Role{AccountName: "Prod (EU) [x]", Name: "Admin"}, "Prod-EU-x-Admin"},
		{DefaultTemplate, Role{AccountName: "  \x1b[2Jodd\n", Name: "a=b,c"}, "2Jodd-a-b-c"},
		{DefaultTemplate, Role{AccountName: "本番", AccountID: "111122223333", Name: "Admin"}, "111122223333-Admin"},
		{DefaultTemplate, Role{AccountName: "Müller & Söhne", Name: "Admin"}, "M-ller-S-hne-Admin"},
		{"{account_name|lower}/{role_name}", Role{AccountName: "Prod EU", Name: "Admin"}, "prod-eu/Admin"},
		{"{session}.{account_id}.{email}", Role{AccountID: "111122223333", Email: "a@example.com"}, "corp.111122223333.a@example.com"},
		{"x {role_name}!", Role{Name: "Admin"}, "x-Admin"},
		{"{email}", Role{}, ""},
	}
	for _, tt := range tests {
		parsed, err := ParseTemplate(tt.template)
		if err != nil {
			t.Errorf("%q: %v", tt.template, err)
			continue
		}
		if got := parsed.Name(tt.role, "corp"); got != tt.want {
			t.Errorf("%q of %+v: %q, want %q", tt.template, tt.role, got, tt.want)
		}
	}
}

func TestBadTemplate(t *testing.T) {
	for template, want := range map[string]string{
		"":                     "is empty",
		" ":                    "is empty",
		"{account}":            `no placeholder {account}: there is {account_name}, `,
		"{}":                   "no placeholder {}",
		"{role_name":           "has a { without a }",
		"role_name}":           "has a } without a {",
		"{role_name}}":         "has a } without a {",
		"{role_name|upper}":    "no filter |upper: there is |lower",
		"{{role_name}}":        "no placeholder {{role_name}",
		"{{ .AccountName }}/x": "no placeholder {{ .AccountName }",
	} {
		if _, err := ParseTemplate(template); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", template, err, want)
		}
	}
}
