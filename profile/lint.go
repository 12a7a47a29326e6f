package profile

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Severity says how bad a finding is.
type Severity uint8

const (
	// Warning is for what some tool reads otherwise than the others.
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

// Code names a sort of finding.
type Code string

// The sorts of findings.
const (
	// CodeSyntax is a line that breaks the grammar.
	CodeSyntax Code = "syntax"
	// CodeByteOrderMark is a file that starts with one.
	CodeByteOrderMark Code = "byte-order-mark"
	// CodeEncoding is text that is not UTF-8.
	CodeEncoding Code = "encoding"
	// CodeDuplicateSection is a section that is there twice.
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
	// CodeMisplacedKey is a key that is read in another sort of section.
	CodeMisplacedKey Code = "misplaced-key"
	// CodeSomeTools is a setting that only some tools read.
	CodeSomeTools Code = "some-tools"
	// CodeInvisible is a character in a key or a value that does not show.
	CodeInvisible Code = "invisible"
	// CodeValue is a value that cannot be.
	CodeValue Code = "value"
	// CodeMissingSection is a reference to a section that is not there.
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

// Finding is something in a file that a tool will trip over. It is an error that
// says what to write instead.
type Finding struct {
	*Error
	Code     Code
	Severity Severity
}

// Lint reads both files for what AWS tools disagree about or do not understand. The
// findings are in the order of the lines, those of the config file first. No finding
// shows the value of a secret.
func Lint(config, credentials File) []Finding {
	return lint([]File{config}, []File{credentials})
}

func lint(config, credentials []File) []Finding {
	l := &linter{guesses: map[sectionID]guess{}}
	order := map[string]int{}
	for i, f := range slices.Concat(config, credentials) {
		l.linted = newLinted(f, i >= len(config))
		l.syntax()
		l.file()
		order[f.Path] = i
	}
	shared, _ := parse(config, credentials, true) // the damage has been reported
	l.meaning(shared)
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(order[a.File]-order[b.File], a.Line-b.Line)
	})
	return l.findings
}

// LintFiles finds and reads the files as Load does, and lints all. The error is
// about a file named in the options that cannot be read.
func LintFiles(optFns ...func(*Options)) ([]Finding, error) {
	config, credentials, err := newOptions(optFns).files()
	if err != nil {
		return nil, err
	}
	return lint(config, credentials), nil
}

// linter collects findings.
type linter struct {
	*linted
	findings []Finding
	guesses  map[sectionID]guess // by the kind of section and the key
	sought   int                 // how many wrong names a right one was looked for
}

// linted is the file at hand.
type linted struct {
	File
	credentials bool
	layout      *layout
}

func newLinted(f File, credentials bool) *linted {
	l := &linted{File: f, credentials: credentials, layout: layOut(f.Data, false)}
	for _, b := range l.layout.blocks {
		b.kind, b.name = classify(b.text, credentials, true)
	}
	return l
}

// report adds a finding about a line of the file at hand.
func (l *linter) report(code Code, severity Severity, line int, b *block, key, format string, args ...any) {
	e := &Error{File: l.Path, Line: line, Key: key, Reason: fmt.Sprintf(format, args...)}
	if b != nil {
		switch b.kind {
		case profileSection, plainDefault:
			e.Profile = b.name
		case sessionSection:
			e.Session = b.name
		}
	}
	l.findings = append(l.findings, Finding{Error: e, Code: code, Severity: severity})
}

// syntax reports the lines that break the grammar.
func (l *linter) syntax() {
	s := scanner{text: string(l.Data), line: 1}
	for tok, more := s.next(); more; tok, more = s.next() {
		if tok.kind != tokenBad {
			continue
		}
		advice := badLineAdvice(tok.value) + ". The AWS CLI may refuse the whole file for it"
		line, _, _ := strings.Cut(s.text[tok.offset:], "\n")
		switch key, _, found := strings.Cut(line, ":"); {
		case isSpace(line[0]) && (isIndentedSection(strings.TrimSpace(line)) || tok.value == notContinued && isProperty(line)):
			advice = "some tools read the line all the same: write it from the first column on"
		case found && isIdentifier(strings.TrimSpace(key)):
			advice = "write = for the colon"
		}
		l.report(CodeSyntax, Problem, tok.line, nil, "", "%s: %s", tok.value, advice)
	}
}

// encoding reports the first line that is not UTF-8, even if it is a comment.
func (l *linter) encoding() {
	if utf8.Valid(l.Data) {
		return
	}
	number := 0
	for line := range bytes.Lines(l.Data) {
		if number++; !utf8.Valid(line) {
			l.report(CodeEncoding, Problem, number, nil, "",
				"the line is not UTF-8, and where that is the system's encoding the AWS CLI cannot read such a file at all: save it as UTF-8")
			return
		}
	}
}

// lineEnds reports carriage returns inside of lines, even of comments.
func (l *linter) lineEnds() {
	number := 0
	for line := range bytes.Lines(l.Data) {
		if number++; strings.Contains(cutEnding(string(line)), "\r") {
			l.report(CodeLineEnd, Problem, number, nil, "",
				"the line has a carriage return in it, which the AWS CLI takes for a line end and other tools do not: remove it")
		}
	}
}

// file reports what is to be said of the lines one by one.
func (l *linter) file() {
	if strings.HasPrefix(string(l.Data), byteOrderMark) {
		l.report(CodeByteOrderMark, Problem, 1, nil, "",
			"the file starts with a byte order mark, and the AWS CLI cannot read it: save it as UTF-8 without one")
	}
	l.encoding()
	l.lineEnds()
	l.sections()
	for _, b := range l.layout.blocks {
		l.anyBlock(b)
		if b.kind != ignoredSection {
			l.block(b)
		}
	}
}
