// Package contract tests that implementations of an interface do what it promises, and that
// the tests can fail.
package contract

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Property is one thing that an implementation of C must do.
type Property[C any] struct {
	Name    string
	applies func(C) bool
	test    func(*testing.T, C)
}

// Of returns a property of the implementations of C that implement T too.
func Of[C, T any](name string, test func(*testing.T, T)) Property[C] {
	return Property[C]{
		Name:    name,
		applies: func(c C) bool { _, ok := any(c).(T); return ok },
		test:    func(t *testing.T, c C) { test(t, any(c).(T)) }, //nolint:forcetypeassert // see applies
	}
}

// Test runs a subtest for each property that applies, with a new value.
func Test[C any](t *testing.T, newValue func(*testing.T) C, properties []Property[C]) {
	t.Helper()
	for _, p := range properties {
		if p.applies(newValue(t)) {
			t.Run(p.Name, func(t *testing.T) { p.test(t, newValue(t)) })
		}
	}
}

// Patience bounds what a correct implementation does at once.
var Patience = 20 * time.Second

// Context returns a context for a call that must not hang.
func Context(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Fault is a wrong implementation, and the property that it must not pass.
type Fault[C any] struct {
	Property, Name string
	Value          func() C
}

// Faults checks, in a test of that name, that no fault passes. It runs the test again in a
// process in which each fault fails a subtest.
func Faults[C any](t *testing.T, properties []Property[C], faults []Fault[C]) {
	t.Helper()
	const variable = "CONTRACT_FAULTS"
	if os.Getenv(variable) == t.Name() {
		Patience = time.Second
		for _, f := range faults {
			t.Run(f.Property+f.Name, func(t *testing.T) {
				t.Parallel()
				f.fail(t, properties)
			})
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v") //nolint:gosec // G204: this test
	cmd.Env = append(os.Environ(), variable+"="+t.Name())
	out, _ := cmd.CombinedOutput() // it fails
	for _, f := range faults {
		if name := f.Property + f.Name; !strings.Contains(string(out), "--- FAIL: "+t.Name()+"/"+name+" ") {
			t.Errorf("%s is not caught", name)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

func (f Fault[C]) fail(t *testing.T, properties []Property[C]) {
	for _, p := range properties {
		if p.Name == f.Property {
			p.test(t, f.Value())
		}
	}
}
