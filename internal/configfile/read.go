package configfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// window is how much of a large file is held at a time. A file no larger is read whole.
const window = 64 << 10

// MaxSize is many times what the largest organizations need.
const MaxSize = 256 << 20

var errTooLarge = fmt.Errorf("it is larger than %d MiB", MaxSize>>20)

// ReadAll reads the file at Path whole.
func (s *Searcher) ReadAll() error {
	file, info, err := atomicfile.Open(s.Path)
	if err != nil {
		return explain(s.Path, err)
	}
	defer file.Close()
	return s.readFrom(file, info)
}

func (s *Searcher) readFrom(file *os.File, info fs.FileInfo) error {
	data, err := atomicfile.ReadAll(file, info, MaxSize)
	if err != nil {
		return explain(s.Path, err)
	}
	s.Data, s.gaps, s.partOf = data, nil, nil
	return nil
}

// ReadFor reads the file at Path; of a large one only what the profile of that name may
// need.
func (s *Searcher) ReadFor(profile string) error {
	file, info, err := atomicfile.Open(s.Path)
	if err != nil {
		return explain(s.Path, err)
	}
	defer file.Close()
	switch size := info.Size(); {
	case size > MaxSize:
		return errTooLarge
	case size <= window:
		return s.readFrom(file, info)
	}
	filter := newSectionFilter(profile, s.Credentials)
	if err := filter.read(io.LimitReader(file, MaxSize), window); err != nil {
		return err
	}
	s.Data, s.gaps, s.partOf = filter.kept, filter.gaps, &profile
	return nil
}

// Complete reads the file again and whole, if only a part was. A file that can no longer
// be read is left as it is.
func (s *Searcher) Complete() {
	if s.partOf != nil {
		_ = s.ReadAll()
	}
}

// explain returns err as an error about the file at path.
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
