// Package peer finds and builds the programs that Latchkey is measured with.
package peer

import (
	"context"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"

	"github.com/latchkey-sso/latchkey/bench/gotool"
	"github.com/latchkey-sso/latchkey/bench/measure"
)

// Latchkey and GoSDK are the names of the peers that the others are compared with. Floor is a command that does nothing.
const (
	Latchkey = "Latchkey"
	GoSDK    = "AWS SDK for Go"
	Floor    = "net/http and cobra alone"
)

// Peer is a program that gets credentials.
type Peer struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	// Missing says why the program is not installed. Empty if it is.
	Missing string `json:"missing,omitempty"`
	// Offline says why only its start can be measured: it cannot be pointed at a server on loopback. Empty if
	// it can.
	Offline string `json:"offline,omitempty"`
	// Ours is whether it is built from this repository. It must work then.
	Ours bool `json:"-"`
	// Slow is whether it starts an interpreter. It is measured less often then.
	Slow bool `json:"-"`

	start []string                      // prints its version
	print func(profile string) []string // prints credentials
	files []string                      // what is installed
}

// Start returns the process that prints the version of the program.
func (p Peer) Start() measure.Command { return measure.Command{Name: p.Name, Args: p.start} }

// Print returns the process that prints the credentials of a profile.
func (p Peer) Print(profile string, env []string) measure.Command {
	return measure.Command{Name: p.Name, Args: p.print(profile), Env: env}
}

// Size returns the bytes of the program on disk, without its interpreter; 0 if its files are not known.
func (p Peer) Size() (size int64, err error) {
	for _, file := range p.files {
		err := filepath.WalkDir(file, func(_ string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			info, err := entry.Info()
			if err == nil {
				size += info.Size()
			}
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return size, nil
}

// Find returns the peers of [Build], and all others: from the PATH, from interop/js, and if install is set, from the Go
// module proxy. progress is told what is being done.
func Find(ctx context.Context, dir string, install bool, progress func(string)) ([]Peer, error) {
	progress("building")
	peers, err := Build(ctx, dir)
	if err != nil {
		return nil, err
	}
	progress("looking for other tools")
	peers = append(peers, javaScript(ctx), boto3(ctx), awsCLI(ctx))
	for _, tool := range goTools {
		progress("looking for " + tool.name)
		peers = append(peers, tool.find(ctx, dir, install))
	}
	for i := range peers {
		if p := &peers[i]; p.Missing == "" && p.Version == "" {
			if err := p.readVersion(ctx); err != nil {
				return nil, err
			}
		}
	}
	return peers, nil
}

// programs are the programs of this module that Build builds.
var programs = []string{"./bare", "./bareserver", "./fleet/clients", "./gosdk", "./load", "./maxrss"}

// Build builds Latchkey and the programs of this module into dir, and returns those that get credentials: Latchkey, the Go
// SDK, and the floor, which a command of this kind cannot go below.
func Build(ctx context.Context, dir string) ([]Peer, error) {
	if err := gotool.Build(ctx, dir, programs...); err != nil {
		return nil, err
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	return []Peer{
		{
			Name: Latchkey, Ours: true, start: []string{in("latchkey"), "version"}, files: []string{in("latchkey")},
			print: func(profile string) []string {
				return []string{in("latchkey"), "credential-process", "--profile", profile}
			},
		},
		{
			Name: GoSDK, Ours: true, start: []string{in("gosdk")}, files: []string{in("gosdk")},
			print: func(profile string) []string { return []string{in("gosdk"), profile} },
		},
		{
			Name: Floor, Ours: true, Version: runtime.Version(), start: []string{in("bare"), "run"}, files: []string{in("bare")},
			print: func(string) []string { return []string{in("bare"), "run"} },
		},
	}, nil
}

// number matches a version, such as the 2.9.19 of "aws-cli/2.9.19".
var number = regexp.MustCompile(`\d+\.\d+\.\d+\S*|devel`)

func (p *Peer) readVersion(ctx context.Context) error {
	out, err := p.Start().Run(ctx)
	if err != nil {
		return err
	}
	if p.Version = number.FindString(string(out)); p.Version == "" {
		return fmt.Errorf("%s: no version in %q", p.Name, out)
	}
	return nil
}

// lookPaths returns all programs of that name in the PATH: the first may be another version than the one that works.
func lookPaths(name, path string) (found []string) {
	for _, dir := range filepath.SplitList(path) {
		if file, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			found = append(found, file)
		}
	}
	return found
}
