// Package buildinfo returns the version of Latchkey.
package buildinfo

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// Module is the path of this module.
const Module = "github.com/latchkey-sso/latchkey"

// Info describes the module and its build.
type Info struct {
	Version  string `json:"version"`          // of the module, such as v0.2.0; "devel" if the build does not say
	Commit   string `json:"commit,omitempty"` // VCS revision, "+dirty" after it if files had changed; empty in a dependency
	Time     string `json:"time,omitempty"`   // of the commit, RFC 3339; empty without Commit
	Go       string `json:"go"`               // the Go release, such as go1.26.1
	Platform string `json:"platform"`         // such as linux/amd64
}

// Read returns the build information of the running program.
func Read() Info {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = &debug.BuildInfo{}
	}
	return read(build)
}

var (
	once    sync.Once // not sync.OnceValue, which would run before main
	version string
)

// Version returns the version of the module in the running program.
func Version() string {
	once.Do(func() { version = Read().Version })
	return version
}

func read(build *debug.BuildInfo) Info {
	info := Info{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if !ours(build.Main.Path) {
		for _, dep := range build.Deps {
			if dep.Path == Module {
				info.setVersion(dep)
			}
		}
		return info
	}
	info.setVersion(&build.Main)
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Commit += s.Value
		case "vcs.time":
			info.Time = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				info.Commit += "+dirty"
			}
		}
	}
	if strings.HasPrefix(info.Commit, "+") {
		info.Commit = ""
	}
	return info
}

// ours reports whether path is that of this module or of another one in its repository, whose
// version is the same.
func ours(path string) bool { return path == Module || strings.HasPrefix(path, Module+"/") }

func (i *Info) setVersion(m *debug.Module) {
	if m.Replace != nil {
		m = m.Replace
	}
	if m.Version != "" && m.Version != "(devel)" {
		i.Version = m.Version
	}
}
