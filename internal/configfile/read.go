package configfile

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// window is the size of the buffer for large files. Files up to this size are read at once.
const window = 64 << 10

// MaxSize is the size limit in bytes, far more than the largest organizations need.
const MaxSize = 256 << 20

var errTooLarge = errors.New("it is larger than 256 MiB")

// ReadAll reads the whole file at Path.
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

// ReadFor reads the file at Path. From a large file it keeps only what the named profile may
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

// Complete reads the whole file if ReadFor kept only a part. It does nothing if the file can no
// longer be read.
func (s *Searcher) Complete() {
	if s.partOf != nil {
		_ = s.ReadAll()
	}
}

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
