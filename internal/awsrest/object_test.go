package awsrest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// FuzzParseObject holds that no answer makes the reader panic or show what it read, and that what it
// reads is what encoding/json reads. Only text that is not UTF-8 is refused besides.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, ``, ` {"a":"b"} `, `{"a":"b"}x`, "\uFEFF{}", `{"a":1,"a":"é\n"}`, `{"n":1.65e12}`, `{"n":-0.0}`, `{"n":1e400}`,
		`{"n":9223372036854775807}`, `{"n":9223372036854775808}`, `{"n":1.5}`, `{"n":"5"}`, `{"l":["x",null]}`, `{"l":[{"a":1},null]}`,
		`{"o":{"o":{"a":"x"}}}`, `{"o":null}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":` + strings.Repeat("[", 200), `{"A":"x"}`,
		`{"a":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`, `{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
		`{"a":[` + strings.Repeat("[],{},", 6000) + `0]}`,
		`{"o":{"a\"":"b\\\"}","c":"\\","d":"\\\\"},"l":["\"]",{"a":"\\\"}"},"\\"]}`, `{"a":"\u00e9\/\\\ud83d\ude00\""}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":1E+5,}`, `{"a":-0.5e-1}`, `{"a":tru}`,
		"{\"a\":\"\n\"}", `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u123"}`, `{"a":"\`, `{"a"}`, `{a:1}`, `{"a":[1,]}`, `{"a":[1 2]}`, `{"a":{}]`, `{,}`, `{"a":1`, `{"a":[1`, `{"a",1}`,
	} {
		f.Add([]byte(seed))
	}
	for _, text := range []string{ // with each byte at the ~
		`{"a":"~"}`, `{"a":"\~"}`, `{"a":"\u000~"}`, `{"a":~}`, `{"a":1~1}`, `{"a":1e~1}`, `{"a":[1~2]}`, `{"a"~1}`, `{~}`, `{}~`,
	} {
		for c := range 256 {
			f.Add([]byte(strings.Replace(text, "~", string([]byte{byte(c)}), 1)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]any
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		wantErr := d.Decode(&want)
		o, err := ParseObject(data)
		if (err == nil) != (json.Valid(data) && utf8.Valid(data) && wantErr == nil && want != nil) {
			t.Fatalf("error %v, encoding/json %v %v", err, wantErr, want)
		}
		if err != nil {
			return
		}
		readEverything(t, o, want)
	})
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]int32{
		`3600`: 3600, `"3600"`: 3600, `" 60 "`: 60, `3600.9`: 3600, `"3.6e3"`: 3600, `-5`: -5, `null`: 0,
		`1e300`: math.MaxInt32, `"1e999"`: math.MaxInt32, `9223372036854775807`: math.MaxInt32, `-1e999`: math.MinInt32,
	} {
		o, err := ParseObject([]byte(`{"n":` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Seconds("n"); got != want || o.Err() != nil {
			t.Errorf("%s: %d, %v, want %d", text, got, o.Err(), want)
		}
	}
	for _, text := range []string{`"soon"`, `"Inf"`, `"nan"`, `""`, `true`, `[]`, `{}`} {
		o, err := ParseObject([]byte(`{"n":` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Seconds("n"); got != 0 || o.Err() == nil {
			t.Errorf("%s: %d, %v", text, got, o.Err())
		}
	}
}

// readEverything reads each member as each type, three objects deep: the answers are not deeper.
func readEverything(t *testing.T, o *Object, want map[string]any) {
	t.Helper()
	if strings.Count(o.path, ".") > 3 {
		return
	}
	one := func(read func(*Object)) error { // reads with an error of its own
		single := &Object{members: o.members, path: o.path, reading: new(reading)}
		read(single)
		return single.Err()
	}
	for name, value := range want {
		var s *string
		err := one(func(o *Object) { s = o.String(name) })
		if text, ok := value.(string); ok != (err == nil && s != nil) || ok && *s != text {
			t.Errorf("String(%q) of %v: %v, %v", name, value, s, err)
		}
		var n int64
		err = one(func(o *Object) { n = o.Int64(name) })
		number, ok := value.(json.Number)
		float, _ := number.Float64()
		whole := ok && float == math.Trunc(float) && math.Abs(float) <= 1<<53
		if whole && (err != nil || float64(n) != float) || !ok && value != nil && err == nil {
			t.Errorf("Int64(%q) of %v: %d, %v", name, value, n, err)
		}
		_ = one(func(o *Object) { o.Seconds(name); o.Strings(name); o.RequireString(name) })
		_ = one(func(o *Object) {
			if nested, ok := value.(map[string]any); ok != (o.Object(name) != nil) {
				t.Errorf("Object(%q) of %v", name, value)
			} else if ok {
				readEverything(t, o.Object(name), nested)
			}
		})
		err = one(func(o *Object) { List(o, name, func(*Object) int { return 0 }) })
		if _, ok := value.([]any); !ok && value != nil && err == nil {
			t.Errorf("List(%q) of %v: no error", name, value)
		}
	}
}

// FuzzAPIError holds that every answer outside 2xx becomes an error with a code, whatever it holds.
func FuzzAPIError(f *testing.F) {
	f.Add(400, "", []byte(`{"__type":"a#b:c","message":"m"}`))
	f.Add(500, "x#y", []byte(`<html>`))
	f.Add(302, ":", []byte(`{"CODE":"c","Code":"d","error":"slow_down","error_description":""}`))
	f.Add(404, "#", []byte(`null`))
	service := &Service{Error: func(string, ErrorBody) smithy.APIError { return nil }}
	f.Fuzz(func(t *testing.T, status int, header string, body []byte) {
		h := http.Header{}
		h.Set("X-Amzn-ErrorType", header)
		err := service.apiError(&http.Response{StatusCode: status, Header: h}, body, nil)
		if err.ErrorCode() == "" || strings.ContainsAny(err.ErrorCode(), ":,") || err.ErrorMessage() == "" {
			t.Errorf("code %q, message %q", err.ErrorCode(), err.ErrorMessage())
		}
		if (err.ErrorFault() == smithy.FaultServer) != (status >= 500) {
			t.Errorf("status %d, fault %v", status, err.ErrorFault())
		}
	})
}

// FuzzRedactBody holds that a body's secrets never show, wherever they are in it.
func FuzzRedactBody(f *testing.F) {
	for _, seed := range []string{
		`{"accessToken":"SECRET"}`, `{"a":[{"refresh_token":"SECRET"}]}`, `SECRET`, `{"accessToken":"SECRET"}x`, `{"code":{"a":["SECRET"]}}`,
		`{"accessToken":null}`, `{"n":12345678901234567890}`, `{"n":1E700}`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text := redactBody(body)
		if !json.Valid(body) {
			if len(body) > 0 && !strings.HasSuffix(text, "bytes that are not JSON]") {
				t.Errorf("body shown: %s", text)
			}
			return
		}
		var shown any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber() // JSON has numbers that no float64 holds
		if err := d.Decode(&shown); err != nil {
			t.Fatalf("text is not JSON: %v", err)
		}
		checkRedacted(t, shown)
	})
}

func checkRedacted(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if isSecretMember(name) && member != nil && member != redacted {
				t.Errorf("member %q is %v", name, member)
			}
			checkRedacted(t, member)
		}
	case []any:
		for _, element := range v {
			checkRedacted(t, element)
		}
	}
}

// TestUnknownTransport holds that middleware which replaces the request gets an error, not a panic.
func TestUnknownTransport(t *testing.T) {
	if _, err := requestText(smithyhttp.NewStackRequest().(*smithyhttp.Request), true); err != nil {
		t.Errorf("request without a body: %v", err)
	}
	p := Params{invalid: smithy.InvalidParamsError{Context: "XInput"}}
	p.RequireHeader("Y", new("a\tb"))
	p.RequireHeader("Y", new("é"))
	if p.invalid.Len() > 0 {
		t.Errorf("header text refused: %v", p.invalid)
	}
	p.RequireHeader("Y", nil)
	var required *smithy.ParamRequiredError
	if p.invalid.Len() != 1 || !errors.As(p.invalid.Errs()[0], &required) {
		t.Errorf("missing header: %v", p.invalid)
	}
}
