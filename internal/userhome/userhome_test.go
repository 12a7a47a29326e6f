package userhome

import (
	"errors"
	"os/user"
	"path/filepath"
	"testing"
)

func TestDir(t *testing.T) {
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
			got, err := dirOn(tt.goos, func(name string) string { return tt.env[name] }, system)
			if got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestDirFromSystem(t *testing.T) {
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Dir(func(string) string { return "" }); got != u.HomeDir || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, u.HomeDir)
	}
}

func TestDirUnknown(t *testing.T) {
	noUser := errors.New("no such user")
	_, err := dirOn("linux", func(string) string { return "" }, func() (string, error) { return "", noUser })
	if !errors.Is(err, ErrUnknown) || !errors.Is(err, noUser) || err.Error() != "no home directory: no such user" {
		t.Errorf("error is %v", err)
	}
}

func TestExpand(t *testing.T) {
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
		if got := Expand(tt.path, func(string) string { return home }); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.path, got, tt.want)
		}
	}
}
