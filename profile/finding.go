package profile

import (
	"cmp"
	"slices"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// Severity says how bad a finding is.
type Severity uint8

const (
	// Warning is for settings that tools read differently.
	Warning Severity = 1 + iota
	// Problem is for settings that have no effect, or make some tool fail.
	Problem
)

// String returns "warning" or "problem".
func (s Severity) String() string {
	if s == Problem {
		return "problem"
	}
	return "warning"
}

// Code identifies the kind of a finding, such as "duplicate-key".
type Code string

const (
	codeSyntax           Code = "syntax"            // a line that cannot be parsed
	codeByteOrderMark    Code = "byte-order-mark"   // a UTF-8 byte order mark
	codeEncoding         Code = "encoding"          // text that is not UTF-8
	codeDuplicateSection Code = "duplicate-section" // a section that occurs twice
	codeDuplicateKey     Code = "duplicate-key"     // a key that occurs twice in a section
	codeSectionPrefix    Code = "section-prefix"    // a section prefix that is missing or wrong
	codeSectionName      Code = "section-name"      // a name that some tool cannot read
	codeWrongFile        Code = "wrong-file"        // a config file section in the credentials file
	codeQuotedValue      Code = "quoted-value"      // a value in quotes
	codeInlineComment    Code = "inline-comment"    // a comment after a value
	codeIndented         Code = "indented"          // an indented line after a key with a value
	codeLineEnd          Code = "line-end"          // a carriage return inside a line
	codeEmptyValue       Code = "empty-value"       // a key without a value
	codeMisspelledKey    Code = "misspelled-key"    // a key close to one that tools read
	codeMisplacedKey     Code = "misplaced-key"     // a key that belongs in another kind of section
	codeSomeTools        Code = "some-tools"        // a setting that only some tools read
	codeInvisible        Code = "invisible"         // an invisible character in a key or value
	codeValue            Code = "value"             // an invalid value
	codeMissingSection   Code = "missing-section"   // a reference to a section that does not exist
	codeIncomplete       Code = "incomplete"        // a required setting that is missing
	codeMismatch         Code = "mismatch"          // a setting that differs between profile and session
	codeRepeated         Code = "repeated"          // a setting repeated in profile and session
	codeAmbiguous        Code = "ambiguous"         // a profile with two sources of credentials
)

// Finding is a setting or line that some tool does not read as the user means it. Its Fix says
// what to write instead.
type Finding struct {
	*Error
	Code     Code
	Severity Severity
}

// AffectsFile reports whether the finding may keep some tool from reading the whole file.
func (f Finding) AffectsFile() bool {
	switch f.Code {
	case codeSyntax, codeByteOrderMark, codeEncoding, codeDuplicateSection, codeDuplicateKey:
		return true
	}
	return false
}

// MeantKey returns the key that a misspelled key probably stands for; empty for any other
// finding and if there is no guess.
func (f Finding) MeantKey() string {
	if f.Code != codeMisspelledKey || len(f.Similar) == 0 {
		return ""
	}
	return f.Similar[0]
}

// Lint reports what AWS tools read differently, or not at all, in the files that [Load] reads.
// Findings are in file order, the config file first, and never contain a secret. The error is
// about a file named in the options that cannot be read.
func Lint(optFns ...func(*Options)) ([]Finding, error) {
	config, credentials, err := newOptions(optFns).files()
	if err != nil {
		return nil, err
	}
	return lint(config, credentials), nil
}

func lint(config, credentials []configfile.Source) []Finding {
	l := &linter{guesses: map[configfile.ID]guess{}}
	order := map[string]int{}
	for i, f := range slices.Concat(config, credentials) {
		l.open(f, i >= len(config))
		l.syntax()
		l.file()
		order[f.Path] = i
	}
	shared, _ := readSections(config, credentials) // l.syntax has reported the errors
	l.profiles(shared)
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(order[a.File]-order[b.File], a.Line-b.Line)
	})
	return l.findings
}
