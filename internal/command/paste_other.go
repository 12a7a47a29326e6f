//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !windows

package command

import (
	"errors"
	"os"
)

type quietTerminal struct{}

// quietInput fails: pasting is not supported on this system.
func quietInput(*os.File) (*quietTerminal, error) { return nil, errors.ErrUnsupported }

func (*quietTerminal) quiet()   {}
func (*quietTerminal) restore() {}

func followJobControl(_, _ func()) {}
