package profile

import (
	"cmp"
	"slices"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// Severity says how bad a finding is.
type Severity uint8

const (
	// Warning is for what tools read differently.
	Warning Severity = 1 + iota
	// Problem is for what makes some tool fail, or has no effect as it is written.
	Problem
)

// String returns "warning" or "problem".
func (s Severity) String() string {
	if s == Problem {
		return "problem"
	}
	return "warning"
}

// Code names a kind of finding.
type Code string

// The kinds of findings.
const (
	// CodeSyntax is a line that breaks the grammar.
	CodeSyntax Code = "syntax"
	// CodeByteOrderMark is a file that starts with one.
	CodeByteOrderMark Code = "byte-order-mark"
	// CodeEncoding is text that is not UTF-8.
	CodeEncoding Code = "encoding"
	// CodeDuplicateSection is a section that occurs twice.
	CodeDuplicateSection Code = "duplicate-section"
	// CodeDuplicateKey is a key that a section has twice.
	CodeDuplicateKey Code = "duplicate-key"
	// CodeSectionPrefix is a section line without a prefix, with a wrong one, or with
	// one in capitals.
	CodeSectionPrefix Code = "section-prefix"
	// CodeSectionName is a name that not every tool can read.
	CodeSectionName Code = "section-name"
	// CodeWrongFile is a section of the config file in the credentials file.
	CodeWrongFile Code = "wrong-file"
	// CodeQuotedValue is a value in quotes.
	CodeQuotedValue Code = "quoted-value"
	// CodeInlineComment is a comment after a value.
	CodeInlineComment Code = "inline-comment"
	// CodeIndented is an indented line after a key that has a value.
	CodeIndented Code = "indented"
	// CodeLineEnd is a carriage return inside a line.
	CodeLineEnd Code = "line-end"
	// CodeEmptyValue is a key without a value.
	CodeEmptyValue Code = "empty-value"
	// CodeMisspeltKey is a key that is nearly one that tools read.
	CodeMisspeltKey Code = "misspelt-key"
	// CodeMisplacedKey is a key that is read in another kind of section.
	CodeMisplacedKey Code = "misplaced-key"
	// CodeSomeTools is a setting that only some tools read.
	CodeSomeTools Code = "some-tools"
	// CodeInvisible is a character in a key or a value that does not show.
	CodeInvisible Code = "invisible"
	// CodeValue is an invalid value.
	CodeValue Code = "value"
	// CodeMissingSection is a reference to a section that does not exist.
	CodeMissingSection Code = "missing-section"
	// CodeIncomplete is a sign-in that lacks a setting.
	CodeIncomplete Code = "incomplete"
	// CodeMismatch is a setting that differs between a profile and its session.
	CodeMismatch Code = "mismatch"
	// CodeRepeated is one that is the same in both.
	CodeRepeated Code = "repeated"
	// CodeAmbiguous is a profile with two sources of credentials.
	CodeAmbiguous Code = "ambiguous"
)

// Finding is something in a file that some tool reads differently than the user means. Its
// Fix says what to write instead.
type Finding struct {
	*Error
	Code     Code
	Severity Severity
}

// Lint finds the files as Load does, and returns what AWS tools read differently or not at
// all. The findings are in the order of the lines, those of the config file first. No
// finding shows the value of a secret. The error is about a file named in the options that
// cannot be read.
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
	shared, _ := readSections(config, credentials) // the damage has been reported
	l.profiles(shared)
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(order[a.File]-order[b.File], a.Line-b.Line)
	})
	return l.findings
}
