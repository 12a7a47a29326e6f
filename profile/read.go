package profile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// window is how much of a large file is held at a time. A file no larger is read
// whole.
const window = 64 << 10

// maxConfigSize is many times what the largest organizations need.
const maxConfigSize = 256 << 20

var errTooLarge = fmt.Errorf("it is larger than %d MiB", maxConfigSize>>20)

// readAll reads the file whole.
func (s *searched) readAll() error {
	file, info, err := atomicfile.Open(s.Path)
	if err != nil {
		return explain(s.Path, err)
	}
	defer file.Close()
	return s.readFrom(file, info)
}

func (s *searched) readFrom(file *os.File, info fs.FileInfo) error {
	data, err := atomicfile.ReadAll(file, info, maxConfigSize)
	if err != nil {
		return explain(s.Path, err)
	}
	s.Data, s.skips, s.partOf = data, nil, nil
	return nil
}

// complete reads the file once more and whole, if only a part was. One that cannot
// be read now is left as it is.
func (s *searched) complete() {
	if s.partOf != nil {
		_ = s.readAll()
	}
}

// sift reads of a large file only what the profile of that name may need.
func (s *searched) sift(profile string) error {
	file, info, err := atomicfile.Open(s.Path)
	if err != nil {
		return explain(s.Path, err)
	}
	defer file.Close()
	switch size := info.Size(); {
	case size > maxConfigSize:
		return errTooLarge
	case size <= window:
		return s.readFrom(file, info)
	}
	sieve := newSieve(profile, s.credentials)
	if err := sieve.read(io.LimitReader(file, maxConfigSize), window); err != nil {
		return err
	}
	s.Data, s.skips, s.partOf = sieve.kept, sieve.skips, &profile
	return nil
}

// explain returns err as it is to be said of the file at path.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, atomicfile.ErrTooLarge):
		return errTooLarge
	case !errors.Is(err, atomicfile.ErrIrregular):
		return err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return errors.New("it is a directory")
	}
	return errors.New("it is not a regular file")
}
