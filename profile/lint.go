package profile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

type linter struct {
	configfile.Source // the current file
	credentials       bool
	parsed            *configfile.File

	findings []Finding
	guesses  map[configfile.ID]guess // by kind of section and key
	searches int                     // searches for similar names so far
}

func (l *linter) open(f configfile.Source, credentials bool) {
	l.Source, l.credentials = f, credentials
	l.parsed = configfile.Parse(f.Data, credentials, false)
}

// place is the location of a finding. block and key may be empty.
type place struct {
	line  int
	block *configfile.Block
	key   string
}

func atBlock(b *configfile.Block) place { return place{line: b.Line, block: b} }

func atItem(b *configfile.Block, it *configfile.Item) place { return place{it.Line, b, it.Key} }

func (l *linter) problem(code Code, at place, reason, fix string) {
	l.report(code, Problem, at, reason, fix)
}

func (l *linter) warning(code Code, at place, reason, fix string) {
	l.report(code, Warning, at, reason, fix)
}

// misspelled reports a key that probably stands for another one.
func (l *linter) misspelled(severity Severity, at place, reason, fix, meant string) {
	l.report(codeMisspelledKey, severity, at, reason, fix, meant)
}

func (l *linter) report(code Code, severity Severity, at place, reason, fix string, similar ...string) {
	e := &Error{File: l.Path, Line: at.line, Key: at.key, Reason: reason, Fix: fix, Similar: similar}
	if at.block != nil {
		switch at.block.Kind {
		case configfile.Profile, configfile.PlainDefault:
			e.Profile = at.block.Name
		case configfile.Session:
			e.Session = at.block.Name
		}
	}
	l.findings = append(l.findings, Finding{Error: e, Code: code, Severity: severity})
}

const (
	fixIndent  = "start the line in the first column"
	fixComment = "move the comment to a separate line"
	fixMerge   = "merge the two sections"
)

// syntax reports the lines that cannot be parsed.
func (l *linter) syntax() {
	for _, bad := range configfile.SyntaxErrors(l.Source) {
		reason, fix := bad.Reason+", and the AWS CLI may reject the whole file", bad.Fix()
		line := bad.Text()
		key, _, colon := strings.Cut(line, ":")
		switch {
		case configfile.IsSpace(line[0]) &&
			(configfile.IsSection(strings.TrimSpace(line)) || bad.Reason == configfile.NotContinued && configfile.IsProperty(line)):
			reason, fix = bad.Reason+", but some tools read the line", fixIndent
		case colon && configfile.IsIdentifier(strings.TrimSpace(key)):
			reason, fix = bad.Reason, "replace the colon with ="
		}
		l.problem(codeSyntax, place{line: bad.Line}, reason, fix)
	}
}

func (l *linter) file() {
	if strings.HasPrefix(string(l.Data), configfile.ByteOrderMark) {
		l.problem(codeByteOrderMark, place{line: 1}, "the file starts with a byte order mark, and the AWS CLI cannot read it", "save it as UTF-8 without a byte order mark")
	}
	l.encoding()
	l.lineEnds()
	l.sections()
	for _, b := range l.parsed.Blocks {
		l.anyBlock(b)
		if b.Kind != configfile.Ignored {
			l.block(b)
		}
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
			l.problem(codeEncoding, place{line: number}, "the line is not UTF-8, and the AWS CLI may not be able to read the file", "save it as UTF-8")
			return
		}
	}
}

// lineEnds reports carriage returns inside lines, even in comments.
func (l *linter) lineEnds() {
	number := 0
	for line := range bytes.Lines(l.Data) {
		if number++; strings.Contains(configfile.CutLineEnd(string(line)), "\r") {
			l.problem(codeLineEnd, place{line: number}, "the line contains a carriage return, which only the AWS CLI reads as a line break", "remove it")
		}
	}
}
