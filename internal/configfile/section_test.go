package configfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestPropertyHidesSecrets(t *testing.T) {
	shared, err := parseText("", "[a]\naws_access_key_id = AKID\nAWS_Secret_Access_Key = hunter2\naws_session_token = hunter2\n  hunter2\naws_security_token = hunter2\naws_secret_acces_key = hunter2\nx_password = hunter2\nregion = here")
	if err != nil {
		t.Fatal(err)
	}
	section := shared.Profiles[0]
	var logs bytes.Buffer
	slog.New(slog.NewTextHandler(&logs, nil)).Info("text", "section", section, "property", section.Properties[1])
	slog.New(slog.NewJSONHandler(&logs, nil)).Info("json", "section", section, "property", section.Properties[1])
	encoded, err := json.Marshal(shared)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"v":      fmt.Sprintf("%v %v", section, section.Properties),
		"plus":   fmt.Sprintf("%+v", *section),
		"sharp":  fmt.Sprintf("%#v", *section),
		"string": fmt.Sprintf("%s %q %x", section.Properties, section.Properties, section.Properties),
		"json":   string(encoded),
		"logs":   logs.String(),
	} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") {
			t.Errorf("%s shows a secret: %s", name, text)
		}
		if !strings.Contains(text, "[redacted]") {
			t.Errorf("%s shows no property: %s", name, text)
		}
	}
	if p, _ := section.Get("region"); p.String() != "region = here" {
		t.Errorf("String is %q", p)
	}
}

func TestSectionGet(t *testing.T) {
	s := Section{Properties: []Property{{Key: "a", Value: "1"}, {Key: "a", Value: "2"}, {Key: "b"}}}
	if p, ok := s.Get("a"); !ok || p.Value != "2" {
		t.Errorf("a is %v, %t", p, ok)
	}
	if p, ok := s.Get("b"); !ok || p.Value != "" {
		t.Errorf("b is %v, %t", p, ok)
	}
	if p, ok := s.Get("c"); ok {
		t.Errorf("c is %v", p)
	}
}

func TestNested(t *testing.T) {
	tests := []struct{ value, want string }{
		{"", ""},
		{"\nendpoint_url = http://a", "http://a"},
		{"\nother = x\nEndpoint_URL=http://a?b=c", "http://a?b=c"},
		{"\nendpoint_url = http://a\nendpoint_url = http://b", "http://b"},
		{"\nendpoint_url = http://a # c", "http://a # c"},
		{"\nendpoint_url", ""},
		{"http://a", ""},
	}
	for _, tt := range tests {
		if got := (Property{Value: tt.value}).Nested("endpoint_url"); got != tt.want {
			t.Errorf("%q gives %q, want %q", tt.value, got, tt.want)
		}
	}
}
