package command

import "testing"

func TestNoBrowser(t *testing.T) {
	tests := []struct {
		name string
		os   string
		env  map[string]string
		file string
		want string
	}{
		{"desktop", "linux", map[string]string{"DISPLAY": ":0"}, "", ""},
		{"Wayland", "linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, "", ""},
		{"BROWSER", "linux", map[string]string{"BROWSER": "true"}, "", ""},
		{"WSL", "linux", map[string]string{"WSL_DISTRO_NAME": "Ubuntu"}, "", ""},
		{"Mac", "darwin", nil, "", ""},
		{"Windows", "windows", nil, "", ""},
		{"console", "linux", nil, "", "there is no display"},
		{"BSD console", "freebsd", nil, "", "there is no display"},
		{"SSH to a Mac", "darwin", map[string]string{"SSH_TTY": "/dev/ttys1"}, "", "this is an SSH session"},
		{"SSH with a display", "linux", map[string]string{"SSH_CONNECTION": "a", "DISPLAY": "localhost:10.0"}, "", "this is an SSH session"},
		{"SSH with BROWSER", "linux", map[string]string{"SSH_CLIENT": "a", "BROWSER": "firefox"}, "", "this is an SSH session"},
		{"Docker", "linux", map[string]string{"DISPLAY": ":0"}, "/.dockerenv", "this is a container"},
		{"Podman", "linux", nil, "/run/.containerenv", "this is a container"},
		{"dev container", "linux", map[string]string{"REMOTE_CONTAINERS": "true"}, "", "this is a container"},
		{"pod", "linux", map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "", "this is a container"},
		{"codespace", "linux", map[string]string{"CODESPACES": "true"}, "/.dockerenv", "this is a GitHub codespace"},
		{"CloudShell", "linux", map[string]string{"AWS_EXECUTION_ENV": "CloudShell"}, "", "this is AWS CloudShell"},
		{"CI", "linux", map[string]string{"CI": "true", "DISPLAY": ":99"}, "", "this is a CI job"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			m := machine{
				os:     tc.os,
				getenv: func(name string) string { return tc.env[name] },
				exists: func(path string) bool { return path == tc.file },
			}
			if got := m.noBrowser(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestThisMachine(t *testing.T) {
	m, dir := thisMachine(), t.TempDir()
	if !m.exists(dir) || m.exists(dir+"/missing") {
		t.Error("exists is wrong about files")
	}
}
