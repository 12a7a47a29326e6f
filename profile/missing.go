package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// missing returns the error for a section that does not exist, with suggestions.
func (r *resolver) missing(kind configfile.Kind, name string) *Error {
	e := &Error{File: r.config.Path, Reason: "there is no " + kind.Header(name)}
	near := nearby{kind: kind, name: name, seen: map[string]bool{}}
	for _, file := range append(r.config.All(), r.credentials.All()...) {
		near.search(file)
	}
	switch {
	case near.fix != "":
		e.File, e.Line, e.Fix = near.file, near.line, near.fix
		if near.problem != "" {
			e.Reason += ": " + near.problem
		}
	case len(near.similar) > 0:
		e.Similar = near.closest(3)
		e.Reason += ": did you mean " + quoteAll(e.Similar, " or ") + "?"
	case len(near.first) > 0:
		e.Similar = near.first
		e.Reason += ", only " + quoteAll(e.Similar, ", ")
		if more := near.count - len(near.first); more > 0 {
			e.Reason += fmt.Sprintf(" and %d more", more)
		}
	default:
		r.explainEmpty(e)
	}
	return e
}

// explainEmpty adds to e why the config file has no sections.
func (r *resolver) explainEmpty(e *Error) {
	err := r.config.Err
	switch {
	case configfile.IsUTF16(r.config.Data):
		e.Reason += ": the file is UTF-16"
		e.Fix = "save it as UTF-8"
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		e.Reason += ": no such file"
	case errors.Is(err, userhome.ErrUnknown):
		e.File = ""
		e.Reason += ": " + err.Error()
		e.Fix = fixUnreadable(err)
	default:
		e.Reason += ": the file cannot be read: " + cause(err)
		e.Fix = fixUnreadable(err)
	}
}

// nearby searches the files for sections that resemble the missing one.
type nearby struct {
	kind configfile.Kind
	name string

	problem, fix string // about a miswritten line of the missing section
	file         string
	line         int

	similar []candidate
	first   []string // the first few names of the kind
	count   int      // names of the kind
	seen    map[string]bool
}

type candidate struct {
	name     string
	distance int
}

func (n *nearby) search(f *configfile.Searcher) {
	f.Complete()
	for at, text := range f.Headers() {
		kind, name := configfile.Classify(text, f.Credentials, true)
		if kind == configfile.PlainDefault {
			kind = configfile.Profile
		}
		switch {
		case kind == n.kind && !n.seen[name]:
			n.add(name)
		case kind == configfile.Ignored && n.fix == "" && n.isMiswritten(text, f.Credentials):
			n.file, n.line = f.Path, f.LineAt(at)
			n.problem, n.fix = n.correction(text, f.Credentials)
		}
	}
}

func (n *nearby) closest(most int) []string {
	slices.SortStableFunc(n.similar, func(a, b candidate) int { return a.distance - b.distance })
	var names []string
	for _, c := range n.similar[:min(most, len(n.similar))] {
		names = append(names, c.name)
	}
	return names
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

// isMiswritten reports whether an ignored section line was meant to be the missing section. Its
// prefix may be missing or wrong, its name may need quotes, or it may be in the wrong file.
func (n *nearby) isMiswritten(text string, credentials bool) bool {
	if text == n.name {
		return !credentials
	}
	end := strings.IndexAny(text, " \t")
	if end < 0 || !strings.EqualFold(strings.ReplaceAll(text[:end], "_", "-"), n.kind.Prefix()) {
		return false
	}
	name := strings.Trim(text[end:], " \t")
	return name == n.name || configfile.ParseName(name, true) == n.name
}

// correction returns the fix for a miswritten section line, and the problem unless the fix makes
// it obvious.
func (n *nearby) correction(text string, credentials bool) (problem, fix string) {
	switch {
	case credentials && n.kind == configfile.Profile && !strings.ContainsAny(text, configfile.Quotes):
		return "", fmt.Sprintf("change [%s] to [%s]", text, n.name)
	case credentials:
		return "", fmt.Sprintf("move [%s] to the config file", text)
	case strings.HasPrefix(text, n.kind.Prefix()+" ") && strings.ContainsAny(n.name, " \t"+configfile.Quotes):
		return fmt.Sprintf("only the Go SDK reads [%s]", text), chooseName
	case strings.ContainsAny(n.name, configfile.Quotes): // the Go SDK does not remove quotes
		return fmt.Sprintf("no tool reads [%s]", text), chooseName
	}
	return "", fmt.Sprintf("change [%s] to %s", text, n.kind.Header(n.name))
}

const chooseName = "choose a name of letters, digits and _-/.%@:+"

func quoteAll(names []string, between string) string {
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, strconv.Quote(name))
	}
	return strings.Join(quoted, between)
}
