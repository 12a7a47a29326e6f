package command

import (
	"bytes"
	"errors"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newTestOpener(os string, env map[string]string, installed ...string) opener {
	return opener{
		machine: machine{os: os, getenv: func(name string) string { return env[name] }},
		lookPath: func(name string) (string, error) {
			if slices.Contains(installed, name) {
				return name, nil
			}
			return "", exec.ErrNotFound
		},
	}
}

func TestBrowserVariable(t *testing.T) {
	const page = "https://example.com/?a=b&c=%20d"
	tests := []struct {
		name, os, value string
		want            [][]string
	}{
		{"unset", "linux", "", nil},
		{"one", "linux", "firefox", [][]string{{"firefox", page}}},
		{"list", "linux", "firefox:: w3m :", [][]string{{"firefox", page}, {"w3m", page}}},
		{"arguments", "linux", "chromium --new-window", [][]string{{"chromium", "--new-window", page}}},
		{"placeholder", "linux", "chromium --app=%s --x", [][]string{{"chromium", "--app=" + page, "--x"}}},
		{"quotes", "linux", `"/opt/my browser" '%s' ""`, [][]string{{"/opt/my browser", page, ""}}},
		{"percent sign", "linux", "firefox %%s", [][]string{{"firefox", "%s", page}}},
		{"path with a blank", "linux", "/opt/a browser", [][]string{{"/opt/a browser", page}}},
		{"Windows", "windows", `C:\f.exe;C:\e.exe`, [][]string{{`C:\f.exe`, page}, {`C:\e.exe`, page}}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			o := newTestOpener(tc.os, map[string]string{"BROWSER": tc.value}, "/opt/a browser")
			if diff := cmp.Diff(tc.want, o.fromEnvironment(page)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOpener(t *testing.T) {
	const page = "https://example.com/?a=b&c=$(d)"
	t.Run("runs BROWSER without a shell", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("Windows has no program that prints its argument; TestScripts/login_browser starts one there")
		}
		var out bytes.Buffer
		o := newOpener(machine{os: "linux", getenv: func(name string) string {
			return map[string]string{"BROWSER": "no-such-browser:false:echo"}[name]
		}}, &out)
		o.fallback = func(string) error { t.Error("the fallback was used"); return nil }
		if err := o.open(t.Context(), page); err != nil || strings.TrimSpace(out.String()) != page {
			t.Errorf("printed %q, error %v", out.String(), err)
		}
	})
	t.Run("falls back", func(t *testing.T) {
		o := newTestOpener("linux", nil)
		opened := ""
		o.fallback = func(address string) error { opened = address; return errors.New("no browser") }
		if err := o.open(t.Context(), page); err == nil || opened != page {
			t.Errorf("opened %q, error %v", opened, err)
		}
	})
	t.Run("WSL", func(t *testing.T) {
		o := newTestOpener("linux", map[string]string{"WSL_DISTRO_NAME": "Ubuntu"})
		for _, argv := range o.fromWSL(page) {
			if argv[len(argv)-1] != page || strings.Contains(argv[0], "cmd") || strings.Contains(argv[0], "powershell") {
				t.Errorf("would run %q", argv)
			}
		}
		if len(o.fromWSL(page)) == 0 || newTestOpener("linux", nil).fromWSL(page) != nil {
			t.Error("the openers of Windows are for WSL")
		}
	})
}
