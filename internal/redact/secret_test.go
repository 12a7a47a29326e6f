package redact_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

const value = "hunter2"

type holder struct {
	Name   string
	Secret redact.Secret
	List   []redact.Secret
	Map    map[string]redact.Secret
	Any    any
	Ptr    *redact.Secret
	hidden *redact.Secret
}

func newHolder() holder {
	s := redact.Secret(value)
	return holder{
		Name: "n", Secret: s, List: []redact.Secret{s},
		Map: map[string]redact.Secret{"k": s}, Any: s, Ptr: &s, hidden: &s,
	}
}

func TestSecretFmt(t *testing.T) {
	s := redact.Secret(value)
	h := newHolder()
	if h.hidden == nil {
		t.Fatal("the unexported field must hold a secret")
	}
	for _, verb := range []string{
		"%v", "%+v", "%#v", "%s", "%q", "%+q", "%#q", "%x", "% x", "%#X", "%d", "%t", "%c", "%U",
		"%e", "%g", "%b", "%o", "%y", "%10s", "%-10v", "%.3s", "%T and %[1]v",
	} {
		for name, arg := range map[string]any{
			"value": s, "pointer": &s, "struct": h, "struct pointer": &h, "slice": h.List, "map": h.Map,
		} {
			got := fmt.Sprintf(verb, arg)
			if strings.Contains(got, value) || strings.Contains(got, fmt.Sprintf("%x", value)) || strings.Contains(got, "hun") {
				t.Errorf("%s of the %s prints %q", verb, name, got)
			}
		}
	}
	if got := fmt.Sprintf("%v", s); got != "[redacted]" {
		t.Errorf("%%v prints %q", got)
	}
	if got := fmt.Errorf("token %s", s).Error(); got != "token [redacted]" {
		t.Errorf("the error says %q", got)
	}
	if got := fmt.Sprintf(strings.Repeat("x", 1), s); strings.Contains(got, value) {
		t.Errorf("as an argument too many it prints %q", got)
	}
}

func TestSecretStringers(t *testing.T) {
	s := redact.Secret(value)
	for name, got := range map[string]string{
		"String": s.String(), "GoString": s.GoString(), "LogValue": s.LogValue().String(),
		"empty": redact.Secret("").String(), "Sprint": fmt.Sprint(s), "Sprintln": strings.TrimSpace(fmt.Sprintln(s)),
		"Join": errors.Join(errors.New(s.String())).Error(),
	} {
		if got != "[redacted]" {
			t.Errorf("%s gives %q", name, got)
		}
	}
	if string(s) != value {
		t.Errorf("string(s) = %q, want the value", string(s))
	}
}

func TestSecretSlog(t *testing.T) {
	h := newHolder()
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("m", "direct", h.Secret, "struct", h, "pointer", &h, "list", h.List, slog.Group("g", "x", h.Secret))
		if got := b.String(); strings.Contains(got, value) || !strings.Contains(got, "[redacted]") {
			t.Errorf("%s handler writes %s", name, got)
		}
	}
}

func TestSecretEncodings(t *testing.T) {
	h := newHolder()
	data, err := json.Marshal(&h)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Name":"n","Secret":"[redacted]","List":["[redacted]"],"Map":{"k":"[redacted]"},"Any":"[redacted]","Ptr":"[redacted]"}`
	if string(data) != want {
		t.Errorf("JSON is %s\nwant %s", data, want)
	}
	type element struct{ S redact.Secret }
	data, err = xml.Marshal(element{h.Secret})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), value) {
		t.Errorf("XML is %s", data)
	}
	var back redact.Secret
	if err := json.Unmarshal([]byte(`"hunter2"`), &back); err != nil || string(back) != value {
		t.Errorf("a secret decodes from JSON as %q, %v", string(back), err)
	}
}

// TestPlaceholderIsNoSecret holds that what a secret was marshaled to is not read back as a secret.
func TestPlaceholderIsNoSecret(t *testing.T) {
	type file struct {
		Secret redact.Secret
		Keys   map[redact.Secret]int
	}
	data, err := json.Marshal(file{Secret: value})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(data), `{"Secret":"[redacted]"}`, `{"Secret":"\u005bredacted]"}`, `{"Keys":{"[redacted]":1}}`} {
		var back file
		if err := json.Unmarshal([]byte(text), &back); err == nil || !strings.Contains(err.Error(), "[redacted] is a placeholder") {
			t.Errorf("%s: read as %q, error %v", text, string(back.Secret), err)
		}
	}
	var back file
	if err := json.Unmarshal([]byte(`{"Secret":null}`), &back); err != nil || back.Secret != "" {
		t.Errorf("null is read as %q, error %v", string(back.Secret), err)
	}
	if err := xml.Unmarshal([]byte(`<file><Secret>[redacted]</Secret></file>`), &struct{ Secret redact.Secret }{}); err == nil {
		t.Error("XML: no error")
	}
}
