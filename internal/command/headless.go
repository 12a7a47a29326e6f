package command

import (
	"os"
	"runtime"
)

// machine describes the machine that the command runs on.
type machine struct {
	os     string // runtime.GOOS
	getenv func(string) string
	exists func(path string) bool
}

func thisMachine() machine {
	return machine{os: runtime.GOOS, getenv: os.Getenv, exists: func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	}}
}

// noBrowser returns the reason not to open a browser, or "": the user is on another machine, or
// there is no display.
func (m machine) noBrowser() string {
	set := func(names ...string) bool {
		for _, name := range names {
			if m.getenv(name) != "" {
				return true
			}
		}
		return false
	}
	switch {
	case set("CODESPACES"):
		return "this is a GitHub codespace"
	case m.getenv("AWS_EXECUTION_ENV") == "CloudShell":
		return "this is AWS CloudShell"
	case set("CI"):
		return "this is a CI job"
	case set("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"):
		return "this is an SSH session"
	case set("REMOTE_CONTAINERS", "KUBERNETES_SERVICE_HOST"), m.exists("/.dockerenv"), m.exists("/run/.containerenv"):
		return "this is a container"
	case m.os == "windows", m.os == "darwin", m.isWSL(), set("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
		return ""
	}
	return "there is no display"
}

func (m machine) isWSL() bool {
	return m.os == "linux" && (m.getenv("WSL_DISTRO_NAME") != "" || m.getenv("WSL_INTEROP") != "")
}
