// Package configfile reads and edits the text of the shared AWS config files, ~/.aws/config
// and ~/.aws/credentials. What the settings mean is up to package profile.
//
// There are three ways to read a file. [ReadSections] reads all of it. A [Searcher] finds
// single sections and is fast in files of any size; damage in other sections does not
// matter to it. [Parse] takes a file apart into lines without losing a byte, to edit it or
// to check how it is written.
//
// The grammar is the one the AWS SDKs share. In addition, a byte order mark is skipped and
// quoted names, [profile 'foo bar'], are understood as the AWS CLI writes them. The strict
// reading is that of the SDKs' shared test suite. The lenient reading accepts whatever the
// Go SDK, the JavaScript SDK, the AWS CLI or boto3 accept: indented sections, settings and
// comments, and names of any characters but whitespace. Where those tools differ, an
// indented name = value is a setting of its own, except below a setting without a value.
package configfile

import "fmt"

// Source is the text of a file.
type Source struct {
	Path string // named in errors
	Data []byte
}

// Format prints the path, whatever the verb: the data may hold secrets.
func (f Source) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "file %q", f.Path) }

// MarshalText makes JSON and slog show the path.
func (f Source) MarshalText() ([]byte, error) { return []byte(f.Path), nil }
