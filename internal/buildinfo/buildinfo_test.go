package buildinfo

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	release := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123abc"},
		{Key: "vcs.time", Value: "2026-11-20T10:00:00Z"},
		{Key: "vcs.modified", Value: "false"},
	}
	dirty := append(release[:2:2], debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	for _, test := range []struct {
		name  string
		build debug.BuildInfo
		want  Info
	}{
		{
			"the command, from a tag",
			debug.BuildInfo{Main: debug.Module{Path: Module, Version: "v0.2.0"}, Settings: release},
			Info{Version: "v0.2.0", Commit: "0123abc", Time: "2026-11-20T10:00:00Z"},
		},
		{
			"the command, with changes",
			debug.BuildInfo{Main: debug.Module{Path: Module, Version: "v0.2.0+dirty"}, Settings: dirty},
			Info{Version: "v0.2.0+dirty", Commit: "0123abc+dirty", Time: "2026-11-20T10:00:00Z"},
		},
		{
			"the command, without version control",
			debug.BuildInfo{Main: debug.Module{Path: Module, Version: "(devel)"}},
			Info{Version: "devel"},
		},
		{
			"the command of another module in the repository",
			debug.BuildInfo{
				Main:     debug.Module{Path: Module + "/tokencache/redis", Version: "v0.2.0"},
				Deps:     []*debug.Module{{Path: Module, Version: "v0.0.0", Replace: &debug.Module{Path: "../.."}}},
				Settings: release,
			},
			Info{Version: "v0.2.0", Commit: "0123abc", Time: "2026-11-20T10:00:00Z"},
		},
		{
			"a program that imports the module",
			debug.BuildInfo{
				Main:     debug.Module{Path: "example.com/app", Version: "v9.0.0"},
				Deps:     []*debug.Module{{Path: "example.com/other", Version: "v8.0.0"}, {Path: Module, Version: "v0.2.0"}},
				Settings: release, // the program's, not ours
			},
			Info{Version: "v0.2.0"},
		},
		{
			"a program that replaces the module",
			debug.BuildInfo{
				Main: debug.Module{Path: "example.com/app"},
				Deps: []*debug.Module{{Path: Module, Version: "v0.2.0", Replace: &debug.Module{Path: "../latchkey"}}},
			},
			Info{Version: "devel"},
		},
		{"no build information", debug.BuildInfo{}, Info{Version: "devel"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Go, test.want.Platform = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
			if diff := cmp.Diff(test.want, read(&test.build)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
