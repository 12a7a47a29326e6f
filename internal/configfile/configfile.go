// Package configfile reads and edits the text of the shared AWS config files, ~/.aws/config
// and ~/.aws/credentials. Package profile gives the settings their meaning.
//
// There are three ways to read a file. [ReadSections] reads all sections. A [Searcher] finds
// single sections; it is fast even in large files and ignores syntax errors in other sections.
// [Parse] keeps every byte, for editing and linting.
//
// The grammar is the one the AWS SDKs share, plus byte order marks and quoted names, as the
// AWS CLI writes them: [profile 'foo bar']. Strict parsing follows the SDKs' shared test suite.
// Lenient parsing accepts whatever the Go SDK, the JavaScript SDK, the AWS CLI or boto3
// accept: indented sections, settings and comments, and names with any character but
// whitespace. Tools disagree about an indented name = value line: here it is a separate
// setting, unless the setting above it has no value.
package configfile

import "fmt"

// Source is a file and its content.
type Source struct {
	Path string // named in errors
	Data []byte
}

// Format prints only the path, for every verb: the data may hold secrets.
func (f Source) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "file %q", f.Path) }

// MarshalText makes JSON and slog show only the path.
func (f Source) MarshalText() ([]byte, error) { return []byte(f.Path), nil }
