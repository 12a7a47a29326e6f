// Package userhome finds the home directory that AWS tools use.
package userhome

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrUnknown means that no home directory was found. Setting HOME fixes it.
var ErrUnknown = errors.New("no home directory")

// Dir returns HOME, then on Windows USERPROFILE or HOMEDRIVE and HOMEPATH, and last the home
// directory in the user database. A nil getenv means os.Getenv. The error wraps [ErrUnknown].
func Dir(getenv func(string) string) (string, error) {
	if getenv == nil {
		getenv = os.Getenv
	}
	return dirOn(runtime.GOOS, getenv, fromSystem)
}

func dirOn(goos string, getenv func(string) string, system func() (string, error)) (string, error) {
	if home := getenv("HOME"); home != "" {
		return home, nil
	}
	if goos == "windows" {
		if home := cmp.Or(getenv("USERPROFILE"), getenv("HOMEDRIVE")+getenv("HOMEPATH")); home != "" {
			return home, nil
		}
	}
	home, err := system()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return home, nil
}

func fromSystem() (string, error) {
	u, err := user.Current()
	switch {
	case err != nil:
		return "", err
	case u.HomeDir == "":
		return "", errors.New("the user database has no home directory for this user")
	}
	return u.HomeDir, nil
}

// Expand replaces a leading ~ with the home directory. It does not expand ~user, and returns the
// path unchanged if the home directory is unknown.
func Expand(path string, getenv func(string) string) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path
	}
	home, err := Dir(getenv)
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}
