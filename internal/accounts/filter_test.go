package accounts

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatches(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"prod", "prod", true},
		{"prod", "prod2", false},
		{"prod*", "prod", true},
		{"prod*", "prod eu/1", true},
		{"*eu", "prod eu", true},
		{"*o*u*", "prod eu", true},
		{"p?od", "prod", true},
		{"p?od", "pod", false},
		{"?", "é", true},
		{"??", "é", false},
		{"*é", "caféé", true},
		{"a*b*c", "a-b-b-x", false},
		{"[x]", "[x]", true},
		{`a\*`, `a\b`, true},
		{"*", "", true},
		{"**", "x", true},
		{"a", "", false},
		{"*", "\xff\xfe", true},
		{"\xff", "\xff", true},
	}
	for _, tt := range tests {
		if got := matches(tt.pattern, tt.text); got != tt.want {
			t.Errorf("matches(%q, %q) = %v", tt.pattern, tt.text, got)
		}
	}
}

func TestFilter(t *testing.T) {
	all := []Account{
		{ID: "111122223333", Name: "Prod EU", Roles: []string{"Admin", "Audit"}},
		{ID: "222233334444", Name: "Prod US", Roles: []string{"Admin"}},
		{ID: "333344445555", Name: "Sandbox", Roles: []string{"Audit"}},
		{ID: "444455556666", Name: "Empty", Roles: []string{}},
	}
	for name, tt := range map[string]struct {
		filter Filter
		want   []string
	}{
		"all":               {Filter{}, []string{"Prod EU/Admin", "Prod EU/Audit", "Prod US/Admin", "Sandbox/Audit"}},
		"by name":           {Filter{Accounts: []string{"prod*"}}, []string{"Prod EU/Admin", "Prod EU/Audit", "Prod US/Admin"}},
		"by id":             {Filter{Accounts: []string{"222233334444", "3333*"}}, []string{"Prod US/Admin", "Sandbox/Audit"}},
		"by role":           {Filter{Roles: []string{"adm*"}}, []string{"Prod EU/Admin", "Prod US/Admin"}},
		"without account":   {Filter{Exclude: []string{"*US"}}, []string{"Prod EU/Admin", "Prod EU/Audit", "Sandbox/Audit"}},
		"without role":      {Filter{Exclude: []string{"Audit"}}, []string{"Prod EU/Admin", "Prod US/Admin"}},
		"without one":       {Filter{Exclude: []string{"prod eu/admin"}}, []string{"Prod EU/Audit", "Prod US/Admin", "Sandbox/Audit"}},
		"without one by id": {Filter{Exclude: []string{"111122223333/*"}}, []string{"Prod US/Admin", "Sandbox/Audit"}},
		"none":              {Filter{Accounts: []string{"x"}}, nil},
	} {
		var got []string
		for _, a := range tt.filter.Apply(all) {
			for _, role := range a.Roles {
				got = append(got, a.Name+"/"+role)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
