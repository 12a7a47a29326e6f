package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// missing is the error about a section that is not there, which looks for what
// may have been meant instead.
func (r *resolver) missing(kind sectionKind, name string) *Error {
	e := &Error{File: r.config.Path, Reason: "there is no " + kind.header(name)}
	near := nearby{kind: kind, name: name, seen: map[string]bool{}}
	for _, file := range append(r.config.all(), r.credentials.all()...) {
		near.look(file)
	}
	switch {
	case near.fix != "":
		e.File, e.Line, e.Fix = near.file, near.line, near.fix
		if near.problem != "" {
			e.Reason += ": " + near.problem
		}
	case len(near.similar) > 0:
		slices.SortStableFunc(near.similar, func(a, b candidate) int { return a.distance - b.distance })
		for _, c := range near.similar[:min(3, len(near.similar))] {
			e.Similar = append(e.Similar, c.name)
		}
		e.Reason += ": did you mean " + quoteAll(e.Similar, " or ") + "?"
	case len(near.first) > 0:
		e.Similar = near.first
		e.Reason += ": there is " + quoteAll(e.Similar, ", ")
		if more := near.count - len(near.first); more > 0 {
			e.Reason += fmt.Sprintf(" and %d more", more)
		}
	case isUTF16(r.config.Data):
		e.Reason += ": the file is UTF-16"
		e.Fix = "save it as UTF-8"
	case errors.Is(r.config.unread, fs.ErrNotExist):
		e.Reason += ": no such file"
	case errors.Is(r.config.unread, userhome.ErrUnknown):
		e.File = ""
		e.Reason += ": " + r.config.unread.Error()
		e.Fix = fixUnreadable(r.config.unread)
	case r.config.unread != nil:
		e.Reason += ": the file cannot be read: " + cause(r.config.unread)
		e.Fix = fixUnreadable(r.config.unread)
	}
	return e
}

// nearby looks through the section lines of the files for a name like name.
type nearby struct {
	kind sectionKind
	name string

	problem, fix string // about a section line that is not quite the one wanted
	file         string
	line         int

	similar []candidate
	first   []string // the first few names there are
	count   int      // how many there are
	seen    map[string]bool
}

type candidate struct {
	name     string
	distance int
}

func (n *nearby) look(f *searched) {
	f.complete()
	for at := firstHeader(f.Data); at < len(f.Data); at = nextHeader(f.Data, at) {
		text, ok := headerText(f.Data[at:])
		if !ok {
			continue
		}
		kind, name := classify(text, f.credentials, true)
		if kind == plainDefault {
			kind = profileSection
		}
		switch {
		case kind == n.kind && !n.seen[name]:
			n.add(name)
		case kind == ignoredSection && n.fix == "" && n.isMiswritten(text, f.credentials):
			n.file, n.line = f.Path, 1+bytes.Count(f.Data[:at], []byte("\n"))
			n.problem, n.fix = n.correction(text, f.credentials)
		}
	}
}

func (n *nearby) add(name string) {
	n.seen[name] = true
	if n.count++; n.count <= 5 {
		n.first = append(n.first, name)
	}
	if d := distance(name, n.name); d <= 1+len(n.name)/4 && d < len(n.name) {
		n.similar = append(n.similar, candidate{name, d})
	}
}

// isMiswritten reports whether a section line that means nothing as it stands
// was meant to be the one looked for: without its prefix, with a misspelt one,
// in the wrong file, or with a name that wants quotes.
func (n *nearby) isMiswritten(text string, credentials bool) bool {
	if text == n.name {
		return !credentials
	}
	end := strings.IndexAny(text, " \t")
	if end < 0 || !strings.EqualFold(strings.ReplaceAll(text[:end], "_", "-"), n.kind.prefix()) {
		return false
	}
	name := strings.Trim(text[end:], " \t")
	return name == n.name || sectionName(name, true) == n.name
}

// correction says what is wrong with a section line, if more than its form, and what to do.
func (n *nearby) correction(text string, credentials bool) (problem, fix string) {
	switch {
	case credentials && n.kind == profileSection && !strings.ContainsAny(text, quotes):
		return "", fmt.Sprintf("change [%s] to [%s]", text, n.name)
	case credentials:
		return "", fmt.Sprintf("move [%s] to the config file", text)
	case strings.HasPrefix(text, n.kind.prefix()+" ") && strings.ContainsAny(n.name, " \t"+quotes):
		return fmt.Sprintf("only the Go SDK reads [%s]", text), chooseName
	case strings.ContainsAny(n.name, quotes): // in quotes, the Go SDK would not find it
		return fmt.Sprintf("no tool reads [%s]", text), chooseName
	}
	return "", fmt.Sprintf("change [%s] to %s", text, n.kind.header(n.name))
}

// chooseName is the fix for a name that some tool cannot read.
const chooseName = "choose a name of letters, digits and _-/.%@:+"

func quoteAll(names []string, between string) string {
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, strconv.Quote(name))
	}
	return strings.Join(quoted, between)
}

// distance is how far the name b is from the name a: the number of slips, or 1 if b is
// how a starts.
func distance(a, b string) int {
	if len(a) > len(b) && len(b) >= 3 && strings.EqualFold(a[:len(b)], b) {
		return 1
	}
	return slips(a, b)
}

// slips is how many letters to change, add, leave out or swap with the next to make
// a of b, regardless of case. It gives up on words that are much longer or shorter,
// or very long.
func slips(a, b string) int {
	if max(len(a), len(b)) > 64 || len(a) > len(b)+3 || len(b) > len(a)+3 {
		return math.MaxInt
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	// Three rows of the table of distances between the starts of a and of b.
	size := len(b) + 1
	rows := make([]int, 3*size)
	before, above, row := rows[:size], rows[size:2*size], rows[2*size:]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j]+cost, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
