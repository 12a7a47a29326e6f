package profile

import (
	"errors"
	"os"
)

// window is how much of a large file is held at a time. A file no larger is read
// whole.
const window = 64 << 10

// readAll reads the file whole.
func (s *searched) readAll() error {
	if _, err := statRegular(s.Path); err != nil {
		return err
	}
	return s.readFile()
}

func (s *searched) readFile() error {
	data, err := os.ReadFile(s.Path)
	if err != nil {
		return err
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

// statRegular looks at a regular file. Nothing else may be opened, since a pipe
// in its place would block for ever.
func statRegular(path string) (os.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	return info, nil
}

// sift reads of a large file only what the profile of that name may need.
func (s *searched) sift(profile string) error {
	info, err := statRegular(s.Path)
	switch {
	case err != nil:
		return err
	case info.Size() <= window:
		return s.readFile()
	}
	file, err := os.Open(s.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	sieve := newSieve(profile, s.credentials)
	if err := sieve.read(file, window); err != nil {
		return err
	}
	s.Data, s.skips, s.partOf = sieve.kept, sieve.skips, &profile
	return nil
}
