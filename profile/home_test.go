package profile

import (
	"errors"
	"os/user"
	"path/filepath"
	"testing"
)

func TestHome(t *testing.T) {
	system := func() (string, error) { return "system", nil }
	tests := []struct {
		name, goos string
		env        map[string]string
		want       string
	}{
		{"HOME", "linux", map[string]string{"HOME": "/home/u", "USERPROFILE": `C:\u`}, "/home/u"},
		{"empty HOME", "linux", map[string]string{"HOME": "", "USERPROFILE": `C:\u`, "HOMEDRIVE": "C:", "HOMEPATH": `\u`}, "system"},
		{"HOME on Windows", "windows", map[string]string{"HOME": `D:\home`, "USERPROFILE": `C:\u`}, `D:\home`},
		{"USERPROFILE", "windows", map[string]string{"USERPROFILE": `C:\u`, "HOMEDRIVE": "D:", "HOMEPATH": `\v`}, `C:\u`},
		{"HOMEDRIVE and HOMEPATH", "windows", map[string]string{"HOMEDRIVE": "D:", "HOMEPATH": `\v`}, `D:\v`},
		{"nothing on Windows", "windows", nil, "system"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := homeOn(tt.goos, func(name string) string { return tt.env[name] }, system)
			if got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestHomeOfTheSystem(t *testing.T) {
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Home(func(string) string { return "" }); got != u.HomeDir || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, u.HomeDir)
	}
}

func TestHomeUnknown(t *testing.T) {
	unknown := errors.New("no such user")
	_, err := homeOn("linux", func(string) string { return "" }, func() (string, error) { return "", unknown })
	const reason = "there is no home directory (no such user): set HOME"
	if !errors.Is(err, unknown) || err.Error() != "profile: "+reason {
		t.Errorf("error is %v", err)
	}
	r := resolver{config: searched{File: File{Path: filepath.Join(".aws", "config")}, unread: err}}
	for name, want := range map[string]string{
		"dev":     `profile "dev": there is no [profile dev], because ` + reason,
		"default": `profile "default": there is no [default], because ` + reason,
	} {
		if _, bad := r.load(name); bad == nil || bad.Error() != want {
			t.Errorf("got %v, want %s", bad, want)
		}
	}
	if got := expandHome("~/x", func() (string, error) { return "", unknown }); got != "~/x" {
		t.Errorf("~/x becomes %q", got)
	}
}

func TestExpandHome(t *testing.T) {
	home := filepath.FromSlash("/home/u")
	tests := []struct{ path, want string }{
		{"~", home},
		{"~/", home},
		{"~/a/b", filepath.Join(home, "a", "b")},
		{"~user/a", "~user/a"},
		{"a/~", "a/~"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := expandHome(tt.path, func() (string, error) { return home, nil }); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.path, got, tt.want)
		}
	}
}
