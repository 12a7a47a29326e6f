package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the command, and a browser in front of it, programs that the
// scripts can run.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"latchkey": main,
		"xdg-open": clickApprove,
	})
}

// TestScripts runs testdata/script/*.txtar: see script_test.go for what they can
// do beyond the usual.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setup,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"idc":    idc,
			"signin": signin,
			"exits":  exits,
			"empty":  empty,
		},
	})
}
