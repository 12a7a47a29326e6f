//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !windows

package main

import (
	"errors"
	"os"
)

// quietInput fails: nothing is pasted on this system.
func quietInput(*os.File) (restore func(), err error) { return nil, errors.ErrUnsupported }
