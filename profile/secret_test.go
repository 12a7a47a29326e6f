package profile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/profile"
)

// TestSecretsRedacted prints sections with secrets in every way.
func TestSecretsRedacted(t *testing.T) {
	const secret = "wJalrXUtnFEMI"
	text := "[p]\nregion = here\naws_secret_access_key = " + secret + "\naws_session_token =\n  a = " + secret + "\noutput = json\n  aws_secret_access_key = " + secret +
		"\ns3 =\n  my_password = " + secret + "\n  Token: x = " + secret + "\n"
	shared, err := profile.ReadAll(files(t, "", text, nil))
	if err != nil {
		t.Fatal(err)
	}
	p := shared.Profiles[0]
	type around struct {
		Shared *profile.Shared
		Map    map[string]profile.Section
	}
	change := profile.Set(profile.KindProfile, "p", profile.Setting{Key: "aws_secret_access_key", Value: secret})
	values := []any{
		shared, *shared, &shared, p, *p, shared.Profiles, p.Properties, p.Properties[1], &p.Properties[1],
		change,
		profile.Setting{Key: "aws_secret_access_key", Value: secret},
		around{shared, map[string]profile.Section{"p": *p}},
		[]any{*shared, *p},
	}
	hex, decimal := fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]")
	check := func(how, text string) {
		t.Helper()
		if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), hex) || strings.Contains(text, decimal) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
	for _, value := range values {
		for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "t", "T", "z", "10s", "-5.2v", "# x"} {
			check(fmt.Sprintf("%%%s of %T", verb, value), fmt.Sprintf("%"+verb, value))
		}
		check(fmt.Sprintf("Println of %T", value), fmt.Sprintln(value))
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Errorf("%T: %v", value, err)
		}
		check(fmt.Sprintf("JSON of %T", value), string(encoded))
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		check(fmt.Sprintf("slog of %T", value), log.String())
	}
	if text := fmt.Sprintf("%s", shared); !strings.Contains(text, `section "p": region = here`) || !strings.Contains(text, "[redacted]") {
		t.Errorf("it prints as %s", text)
	}
}
