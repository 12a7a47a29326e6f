package configure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/accounts"
)

var (
	prodAdmin = Role{"111122223333", "Prod", "", "Admin"}
	prodAudit = Role{"111122223333", "Prod", "", "Audit"}
	otherProd = Role{"222233334444", "Prod", "", "Admin"}
)

// section is a profile of the file, from lines "key = value".
func section(name string, lines ...string) Section {
	values := map[string]string{}
	for _, line := range lines {
		key, value, _ := strings.Cut(line, " = ")
		values[key] = value
	}
	return Section{Name: name, Get: func(key string) string { return values[key] }}
}

// made is a profile as Latchkey makes it, with other lines.
func made(name string, r Role, lines ...string) Section {
	return section(name, append([]string{
		"sso_session = corp", "sso_account_id = " + r.AccountID, "sso_role_name = " + r.Name, "latchkey_managed = corp " + r.key(),
	}, lines...)...)
}

// describe prints a plan, one line for each thing.
func describe(p *Plan) []string {
	var lines []string
	for _, c := range p.Changes {
		verb := "change"
		switch {
		case c.Remove:
			verb = "remove"
		case c.New:
			verb = "add"
		}
		line := verb + " " + c.Profile
		for _, s := range c.Settings {
			line += fmt.Sprintf("; %s = %s", s.Key, s.Value)
		}
		lines = append(lines, line)
	}
	for _, s := range p.Stale {
		lines = append(lines, strings.TrimSpace("stale "+s.Profile+" "+s.UsedBy))
	}
	for _, c := range p.Conflicts {
		lines = append(lines, "conflict "+c)
	}
	if p.Unchanged > 0 {
		lines = append(lines, fmt.Sprint("unchanged ", p.Unchanged))
	}
	return lines
}

const (
	addProdAdmin = "add Prod-Admin; sso_session = corp; sso_account_id = 111122223333; sso_role_name = Admin; latchkey_managed = corp 111122223333 Admin"
	addWithID    = "add Prod-Admin-111122223333; sso_session = corp; sso_account_id = 111122223333; sso_role_name = Admin; latchkey_managed = corp 111122223333 Admin"
)

func TestPlan(t *testing.T) {
	eu := Settings{Region: "eu-west-1"}
	process := Settings{Process: true}
	const call = " credential-process --sso-session corp --account 111122223333 --role Admin"
	tests := map[string]struct {
		request Request
		want    []string
	}{
		"nothing": {Request{}, nil},
		"new":     {Request{Roles: []Role{prodAdmin}}, []string{addProdAdmin}},
		"new, with settings": {
			Request{Roles: []Role{prodAdmin}, Settings: Settings{Template: "{role_name}", Region: "eu-west-1", Filter: accounts.Filter{Roles: []string{"Admin", "a,b"}}}},
			[]string{
				"change ; latchkey_profile_name = {role_name}; latchkey_region = eu-west-1; latchkey_roles = Admin, a?b",
				"add Admin; sso_session = corp; sso_account_id = 111122223333; sso_role_name = Admin; region = eu-west-1; latchkey_managed = corp 111122223333 Admin",
			},
		},
		"new, by process": {
			Request{Roles: []Role{prodAdmin}, Settings: process, Before: process},
			[]string{"add Prod-Admin; credential_process = latchkey" + call + "; latchkey_managed = corp 111122223333 Admin"},
		},
		"there": {Request{Roles: []Role{prodAdmin}, Profiles: []Section{made("Prod-Admin", prodAdmin)}}, []string{"unchanged 1"}},
		"there, changed by the user": {
			Request{Roles: []Role{prodAdmin}, Settings: eu, Before: eu, Profiles: []Section{made("Prod-Admin", prodAdmin, "region = us-east-1", "output = json")}},
			[]string{"unchanged 1"},
		},
		"there, region removed by the user": {
			Request{Roles: []Role{prodAdmin}, Settings: eu, Before: eu, Profiles: []Section{made("Prod-Admin", prodAdmin)}},
			[]string{"unchanged 1"},
		},
		"another region": {
			Request{
				Roles: []Role{prodAdmin, prodAudit}, Settings: eu, Before: Settings{Region: "us-east-1"},
				Profiles: []Section{made("Prod-Admin", prodAdmin, "region = us-east-1"), made("Prod-Audit", prodAudit, "region = ap-south-1")},
			},
			[]string{"change ; latchkey_region = eu-west-1", "change Prod-Admin; region = eu-west-1", "unchanged 1"},
		},
		"to a process": {
			Request{Roles: []Role{prodAdmin}, Settings: process, Profiles: []Section{made("Prod-Admin", prodAdmin)}},
			[]string{"change ; latchkey_credential_process = true", "change Prod-Admin; sso_session = ; sso_account_id = ; sso_role_name = ; credential_process = latchkey" + call},
		},
		"from a process": {
			Request{Roles: []Role{prodAdmin}, Before: process, Profiles: []Section{
				section("Prod-Admin", "credential_process = /old/latchkey"+call, "latchkey_managed = corp 111122223333 Admin"),
			}},
			[]string{"change ; latchkey_credential_process = ", "change Prod-Admin; sso_session = corp; sso_account_id = 111122223333; sso_role_name = Admin; credential_process = "},
		},
		"a process by another path": {
			Request{Roles: []Role{prodAdmin}, Settings: process, Before: process, Profiles: []Section{
				section("Prod-Admin", "credential_process = /old/latchkey"+call, "latchkey_managed = corp 111122223333 Admin"),
			}},
			[]string{"unchanged 1"},
		},
		"written by the user": {
			Request{Roles: []Role{prodAdmin}, Profiles: []Section{
				section("Prod-Admin", "sso_session = corp", "sso_account_id = 111122223333", "sso_role_name = Admin"),
			}},
			[]string{"unchanged 1"},
		},
		"taken":           {Request{Roles: []Role{prodAdmin}, Profiles: []Section{section("Prod-Admin", "region = x")}}, []string{addWithID}},
		"taken elsewhere": {Request{Roles: []Role{prodAdmin}, Profiles: []Section{{Name: "Prod-Admin", Foreign: true, Get: made("", prodAdmin, "sso_session = other").Get}}}, []string{addWithID}},
		"taken by another session": {
			Request{Roles: []Role{prodAdmin}, Profiles: []Section{section("Prod-Admin", "sso_session = two", "latchkey_managed = two 111122223333 Admin")}},
			[]string{addWithID},
		},
		"taken twice": {
			Request{Roles: []Role{prodAdmin}, Profiles: []Section{section("Prod-Admin"), section("Prod-Admin-111122223333")}},
			[]string{`conflict role Admin in account 111122223333 (Prod): there is a profile "Prod-Admin-111122223333" that Latchkey did not write`},
		},
		"two of one name": {
			Request{Roles: []Role{prodAdmin, otherProd}},
			[]string{addWithID, strings.ReplaceAll(addWithID, "111122223333", "222233334444")},
		},
		"two of one name, in one account": {
			Request{Roles: []Role{prodAdmin, prodAudit}, Settings: Settings{Template: "{account_name}"}, Before: Settings{Template: "{account_name}"}},
			[]string{
				"add Prod-111122223333; sso_session = corp; sso_account_id = 111122223333; sso_role_name = Admin; latchkey_managed = corp 111122223333 Admin",
				`conflict role Admin in account 111122223333 (Prod) and role Audit in account 111122223333 (Prod): both would be profile "Prod-111122223333"`,
			},
		},
		"the default profile": {
			Request{Roles: []Role{prodAdmin}, Settings: Settings{Template: "default"}, Before: Settings{Template: "default"}},
			[]string{strings.Replace(addProdAdmin, "Prod-Admin", "default-111122223333", 1)},
		},
		"no name": {
			Request{Roles: []Role{prodAdmin, otherProd}, Settings: Settings{Template: "{email}"}, Before: Settings{Template: "{email}"}},
			[]string{
				strings.Replace(addProdAdmin, "Prod-Admin", "111122223333", 1),
				strings.ReplaceAll(strings.Replace(addProdAdmin, "Prod-Admin", "111122223333", 1), "111122223333", "222233334444"),
			},
		},
		"a role that cannot be written": {
			Request{Roles: []Role{{"111122223333", "Prod", "", "Ad min"}}},
			[]string{"conflict role Ad min in account 111122223333 (Prod): the name cannot be written to a config file"},
		},
		"stale": {Request{Profiles: []Section{made("Old-Admin", prodAdmin), section("mine", "source_profile = Old-Admin")}}, []string{"stale Old-Admin mine"}},
		"pruned": {
			Request{Prune: true, Profiles: []Section{
				made("Old-Admin", prodAdmin), made("Used", prodAudit), section("mine", "source_profile = Used"), section("other", "latchkey_managed = two 1 x"),
				section("copied", "latchkey_managed = corp 2 111122223333 Admin"),
				{Name: "elsewhere", Foreign: true, Get: made("", prodAdmin).Get},
			}},
			[]string{"remove Old-Admin", "stale Used mine"},
		},
		"renamed": {
			Request{Prune: true, Roles: []Role{prodAdmin}, Profiles: []Section{made("Old-Admin", prodAdmin)}},
			[]string{"remove Old-Admin", addProdAdmin},
		},
		"of another role": {
			Request{Roles: []Role{prodAdmin}, Profiles: []Section{made("Prod-Admin", otherProd)}},
			[]string{`conflict role Admin in account 111122223333 (Prod): profile "Prod-Admin" was written for another role, 222233334444 Admin`},
		},
		"of another role, pruned": {
			Request{Prune: true, Roles: []Role{prodAdmin}, Profiles: []Section{made("Prod-Admin", otherProd), section("mine", "source_profile = Prod-Admin")}},
			[]string{"remove Prod-Admin", addProdAdmin},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.request.Session, tt.request.Command = "corp", "latchkey"
			plan, err := Make(tt.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, describe(plan)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSettingsSurvive(t *testing.T) {
	s := Settings{
		Template: "{role_name}", Region: "eu-west-1", Process: true,
		Filter: accounts.Filter{Accounts: []string{"prod *", "1111*"}, Roles: []string{"a?b"}, Exclude: []string{"x/y"}},
	}
	values := map[string]string{}
	for _, setting := range s.settings() {
		values[setting.Key] = setting.Value
	}
	got := LoadSettings(func(key string) string { return values[key] })
	if diff := cmp.Diff(s, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("a?b, c?d", joined([]string{"a,b ", "c;d"})); diff != "" {
		t.Error(diff)
	}
}
