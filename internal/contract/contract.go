// Package contract tests that implementations of an interface satisfy its contract, and that the
// tests can fail.
package contract

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Property is a property that implementations of C must have.
type Property[C any] struct {
	Name    string
	applies func(C) bool
	test    func(*testing.T, C)
}

// NewProperty returns a property of those implementations of C that also implement T.
func NewProperty[C, T any](name string, test func(*testing.T, T)) Property[C] {
	return Property[C]{
		Name:    name,
		applies: func(c C) bool { _, ok := any(c).(T); return ok },
		test:    func(t *testing.T, c C) { test(t, any(c).(T)) }, //nolint:forcetypeassert // see applies
	}
}

// Test runs a subtest for each property that applies, each with a new value.
func Test[C any](t *testing.T, newValue func(*testing.T) C, properties []Property[C]) {
	t.Helper()
	for _, p := range properties {
		if p.applies(newValue(t)) {
			t.Run(p.Name, func(t *testing.T) { p.test(t, newValue(t)) })
		}
	}
}

// Timeout bounds calls that return immediately in a correct implementation.
var Timeout = time.Minute

// Context returns a context that is done after Timeout.
func Context(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	t.Cleanup(cancel)
	return ctx
}

// Fault is a mistake in an implementation of type V, and the property that must detect it. It is an alias so that
// tables need no field names.
type Fault[V any] = struct {
	Property, Name string
	Spoil          func(V) // makes the mistake
}

// Faults checks that the properties detect all faults. Each fault spoils a new value of V, which implements C. It
// runs the test again in a child process, where each fault must fail a subtest.
func Faults[C, V any](t *testing.T, properties []Property[C], newValue func() V, faults []Fault[V]) {
	t.Helper()
	const variable = "CONTRACT_FAULTS"
	if os.Getenv(variable) == t.Name() {
		Timeout = time.Second
		for _, f := range faults {
			t.Run(f.Property+f.Name, func(t *testing.T) {
				t.Parallel()
				v := newValue()
				f.Spoil(v)
				test(t, properties, f.Property, any(v).(C)) //nolint:forcetypeassert // V implements C
			})
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v") //nolint:gosec // G204: this test
	cmd.Env = append(os.Environ(), variable+"="+t.Name())
	out, _ := cmd.CombinedOutput() // the test must fail
	for _, f := range faults {
		if name := f.Property + f.Name; !strings.Contains(string(out), "--- FAIL: "+t.Name()+"/"+name+" ") {
			t.Errorf("%s is not detected", name)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

// test runs the test of the property with that name.
func test[C any](t *testing.T, properties []Property[C], name string, value C) {
	for _, p := range properties {
		if p.Name == name {
			p.test(t, value)
		}
	}
}
