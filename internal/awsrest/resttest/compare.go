package resttest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// CompareRequest holds the one request that was sent against the SDK's snapshot.
func CompareRequest(tb testing.TB, want Snapshot, sent []Request) {
	tb.Helper()
	if len(sent) != 1 {
		tb.Fatalf("%d requests were sent", len(sent))
	}
	got := Snapshot{Name: want.Name, First: sent[0].Method + " " + sent[0].URI, Header: sent[0].Header.Clone(), Body: sent[0].Body}
	for _, name := range []string{
		"User-Agent", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request", "Authorization", "X-Amz-Date", "Accept-Encoding", "Content-Length",
	} {
		got.Header.Del(name)
	}
	compare(tb, "request", want, got)
}

// compare reports the members in which two values differ.
func compare(tb testing.TB, what string, want, got any) {
	tb.Helper()
	wanted, found := Members(want), Members(got)
	for path, value := range wanted {
		if other, ok := found[path]; !ok || other != value {
			tb.Errorf("%s: %s is %q, want %q", what, path, other, value)
		}
	}
	for path, value := range found {
		if _, ok := wanted[path]; !ok {
			tb.Errorf("%s: %s is %q, want none", what, path, value)
		}
	}
}

// CompareError looks in the chain of got for an error of want's type and members, and for what an
// answer leaves beside it.
func CompareError(tb testing.TB, want error, status int, got error) {
	tb.Helper()
	if want == nil || got == nil {
		tb.Fatalf("error %v, want %v", got, want)
	}
	target := reflect.New(reflect.TypeOf(want))
	if !errors.As(got, target.Interface()) {
		tb.Fatalf("error %v holds no %T", got, want)
	}
	compare(tb, "error", want, target.Elem().Interface())
	var response *awshttp.ResponseError
	if !errors.As(got, &response) || response.HTTPStatusCode() != status || response.ServiceRequestID() != "r-1" {
		tb.Errorf("error %v holds no response with status %d and request id", got, status)
	}
	var operation *smithy.OperationError
	if !errors.As(got, &operation) {
		tb.Errorf("error %v names no operation", got)
	}
}

// CompareClients calls an operation of the SDK's client and of ours with random inputs, and compares
// what they send and what they make of the answer.
func CompareClients(tb testing.TB, server *Server, operation string, theirs, ours any) {
	tb.Helper()
	for seed := range uint64(40) {
		fill := func(input any) { FillRandom(input, seed) }
		want, wantErr := Call(context.Background(), tb, theirs, operation, fill)
		got, gotErr := Call(context.Background(), tb, ours, operation, fill)
		if wantErr != nil || gotErr != nil {
			tb.Fatalf("seed %d: errors: SDK %v, ours %v", seed, wantErr, gotErr)
		}
		compare(tb, fmt.Sprintf("seed %d: output", seed), want, got)
		sent := server.Requests()
		pair := sent[len(sent)-2:]
		compare(tb, fmt.Sprintf("seed %d: request", seed), normalize(pair[0]), normalize(pair[1]))
	}
}

// normalize returns r without what must differ between two clients, or two moments.
func normalize(r Request) Request {
	header := r.Header.Clone()
	if len(header.Get("Amz-Sdk-Invocation-Id")) == len("00000000-0000-0000-0000-000000000000") {
		header.Set("Amz-Sdk-Invocation-Id", "uuid")
	}
	agent := regexp.MustCompile(`api/(\w+)#\S+`).ReplaceAllString(header.Get("User-Agent"), "api/$1#0")
	agent = regexp.MustCompile(` md/latchkey#\S+`).ReplaceAllString(agent, "")
	header.Set("User-Agent", agent)
	if header.Get("X-Amz-Date") != "" {
		header.Set("X-Amz-Date", "now")
		auth := regexp.MustCompile(`/\d{8}/`).ReplaceAllString(header.Get("Authorization"), "/today/")
		header.Set("Authorization", regexp.MustCompile(`Signature=[0-9a-f]{64}$`).ReplaceAllString(auth, "Signature=hex"))
	}
	r.Header = header
	return r
}

// FillRandom sets the members of an input at random: required ones never empty, which the SDK
// would send, optional ones nil at times. A member of one name and seed is always the same, in
// whatever order the type declares them.
func FillRandom(input any, seed uint64) {
	v := reflect.Indirect(reflect.ValueOf(input))
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			hash := fnv.New64()
			_, _ = io.WriteString(hash, f.Name)
			fillRandom(v.Field(i), f.Name, rand.New(rand.NewPCG(seed, hash.Sum64()))) //nolint:gosec // repeatable
		}
	}
}

func fillRandom(field reflect.Value, name string, r *rand.Rand) {
	switch p := field.Addr().Interface().(type) {
	case **string:
		switch {
		case name == "AccessToken":
			*p = new("tok/+=_-" + strings.Repeat("x", r.IntN(9)))
		case isRequired(name):
			*p = new(randomText(r) + "!")
		case r.IntN(3) > 0:
			*p = new(randomText(r))
		}
	case **int32:
		if r.IntN(3) > 0 {
			*p = new(r.Int32N(200) - 50)
		}
	case *[]string:
		if r.IntN(4) > 0 {
			*p = []string{}
			for range r.IntN(4) {
				*p = append(*p, randomText(r))
			}
		}
	}
}

func isRequired(member string) bool {
	return strings.Contains(" AccountId RoleName ClientId ClientSecret GrantType ClientName ClientType StartUrl ", " "+member+" ")
}

func randomText(r *rand.Rand) string {
	alphabet := []rune("aZ09 +/=&?#%<>\"'\\,;:@~é漢🙂\u2028\n\t\x01")
	text := make([]rune, r.IntN(12))
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(text)
}

// CompareMissing calls an operation with nothing in its input: both clients must say the same about
// it. Ours must say so about empty members too.
func CompareMissing(tb testing.TB, operation string, theirs, ours any) {
	tb.Helper()
	_, wantErr := Call(context.Background(), tb, theirs, operation, func(any) {})
	_, gotErr := Call(context.Background(), tb, ours, operation, func(any) {})
	_, emptyErr := Call(context.Background(), tb, ours, operation, func(input any) {
		v := reflect.Indirect(reflect.ValueOf(input))
		for i := range v.NumField() {
			if p, ok := v.Field(i).Addr().Interface().(**string); ok {
				*p = new("")
			}
		}
	})
	var want, got, empty smithy.InvalidParamsError
	if !errors.As(wantErr, &want) || !errors.As(gotErr, &got) || !errors.As(emptyErr, &empty) {
		tb.Fatalf("errors: SDK %v, ours %v, empty %v", wantErr, gotErr, emptyErr)
	}
	if wantErr.Error() != gotErr.Error() || wantErr.Error() != emptyErr.Error() {
		tb.Errorf("SDK %v\nours %v\nempty %v", wantErr, gotErr, emptyErr)
	}
}
