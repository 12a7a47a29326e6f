package profile

import (
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

func (l *linter) sections() {
	spellings := map[string]int{} // line numbers by raw section line
	names := map[configfile.ID]int{}
	for _, b := range l.parsed.Blocks {
		if b.Text == "" {
			continue // a syntax error
		}
		raw, _, _ := strings.Cut(b.Header, "\n")
		raw = raw[:strings.LastIndexByte(raw, ']')+1] // the AWS CLI reads up to the last ]
		id := configfile.ID{Kind: b.Kind, Name: b.Name}
		if after := afterText(b); len(after) > 1 && configfile.IsCommentMark(after[1]) {
			l.problem(codeInlineComment, atBlock(b),
				"the JavaScript SDK skips a section line with a comment right after the bracket, and adds its settings to the previous section",
				"put a space before the comment")
		}
		switch {
		case spellings[raw] > 0:
			l.problem(codeDuplicateSection, atBlock(b),
				fmt.Sprintf("%s is already on line %d, and the AWS CLI cannot read such a file", raw, spellings[raw]), fixMerge)
		case b.Kind != configfile.Ignored && names[id] > 0:
			l.warning(codeDuplicateSection, atBlock(b),
				fmt.Sprintf("the section is already on line %d, and the AWS CLI reads only one of them", names[id]), fixMerge)
		case b.Kind == configfile.Ignored, b.Text == "DEFAULT":
			l.ignored(b)
		default:
			l.name(b)
		}
		spellings[raw] = b.Line
		names[id] = b.Line
	}
	l.twoDefaults(names)
}

func (l *linter) twoDefaults(names map[configfile.ID]int) {
	plain := names[configfile.ID{Kind: configfile.PlainDefault, Name: configfile.Default}]
	prefixed := names[configfile.ID{Kind: configfile.Profile, Name: configfile.Default}]
	if plain > 0 && prefixed > 0 {
		at := place{line: plain, block: &configfile.Block{Kind: configfile.PlainDefault, Name: configfile.Default}}
		l.problem(codeDuplicateSection, at, fmt.Sprintf("[default] has no effect because of [profile default] on line %d", prefixed), fixMerge)
	}
}

// name reports a name that Latchkey reads and some tool does not.
func (l *linter) name(b *configfile.Block) {
	written := strings.Trim(strings.TrimPrefix(b.Text, b.Kind.Prefix()), " \t")
	before, after := configfile.IsSpace(b.Header[1]), configfile.IsSpace(b.Header[1+len(b.Text)])
	problem := func(reason, fix string) { l.problem(codeSectionName, atBlock(b), reason, fix) }
	switch {
	case before:
		problem("the AWS CLI and the JavaScript SDK do not read a section with a space after the bracket", "remove the space")
	case after && (l.credentials || b.Kind == configfile.PlainDefault):
		problem("the AWS CLI reads the space before the bracket as part of the name", "remove the space")
	case after:
		problem("the JavaScript SDK does not read a section with a space before the bracket", "remove the space")
	case hasBracketAfter(b):
		problem("the AWS CLI reads the name up to the last ] on the line, which is in the comment", fixComment)
	case !l.credentials && len(b.Text) > len(b.Kind.Prefix())+1+len(written):
		problem("the JavaScript SDK does not read a section with more than one space before the name", "write "+b.Kind.HeaderLike(written))
	case b.Name == protoName:
		problem("the JavaScript SDK cannot read a file that contains the name __proto__", "choose another name")
	case !configfile.IsIdentifier(b.Name) && written == b.Name:
		problem(fmt.Sprintf("the SDKs for JavaScript, Java, Kotlin and Rust do not read the name %q", b.Name), chooseName)
	case !configfile.IsIdentifier(b.Name):
		l.warning(codeSectionName, atBlock(b), fmt.Sprintf("apart from Latchkey, only the AWS CLI and boto3 read the name %q", b.Name), chooseName)
	case b.Kind != configfile.PlainDefault && !l.credentials && written != b.Name:
		l.warning(codeSectionName, atBlock(b), "the Go SDK reads the quotes as part of the name", fmt.Sprintf("write [%s %s]", b.Kind.Prefix(), b.Name))
	}
}

// afterText returns the section line from the closing bracket on.
func afterText(b *configfile.Block) string {
	_, after, _ := strings.Cut(b.Header, b.Text)
	return strings.TrimLeft(after, " \t")
}

// hasBracketAfter reports whether the comment contains a closing bracket.
func hasBracketAfter(b *configfile.Block) bool {
	line, _, _ := strings.Cut(b.Header, "\n")
	return strings.Count(line, "]") > 1+strings.Count(b.Text, "]")
}

// ignored reports why a section is not read.
func (l *linter) ignored(b *configfile.Block) {
	prefix, name := b.Text, ""
	if i := strings.IndexAny(b.Text, " \t"); i >= 0 {
		prefix, name = b.Text[:i], strings.Trim(b.Text[i:], " \t")
	}
	kind := meantKind(prefix)
	known := kind != configfile.Ignored
	misspelled := prefix != kind.Prefix()
	problem := func(code Code, reason, fix string) { l.problem(code, place{line: b.Line}, reason, fix) }
	switch {
	case b.Text == "DEFAULT":
		problem(codeSectionPrefix, "the AWS CLI adds the settings of [DEFAULT] to every section, and other tools do not", "write [default]")
	case strings.EqualFold(b.Text, configfile.Default):
		problem(codeSectionPrefix, fmt.Sprintf("no tool reads [%s]", b.Text), "write [default]")
	case name == "" && known && !misspelled:
		problem(codeSectionName, "the section has no name", fmt.Sprintf("write [%s <name>]", kind.Prefix()))
	case l.credentials && kind == configfile.Profile:
		problem(codeWrongFile, fmt.Sprintf("no tool reads [%s] in the credentials file", b.Text), fmt.Sprintf("write [%s]", name))
	case l.credentials && known:
		problem(codeWrongFile, fmt.Sprintf("only the Go SDK reads [%s] in the credentials file", b.Text), "move the section to the config file")
	case name != "" && !l.credentials && misspelled && prefixKind(prefix) != configfile.Ignored:
		problem(codeSectionPrefix, fmt.Sprintf("only the AWS CLI and boto3 read [%s]", b.Text), "write "+prefixKind(prefix).HeaderLike(name))
	case name != "" && known && misspelled:
		problem(codeSectionPrefix, fmt.Sprintf("no tool reads [%s]", b.Text), "write "+kind.HeaderLike(name))
	case name == "" && !l.credentials:
		l.noPrefix(b)
	case known, l.credentials, strings.ContainsFunc(b.Text, isInvisible):
		problem(codeSectionName, fmt.Sprintf("few tools read the name in [%s]", b.Text), chooseName)
	}
}

// noPrefix reports a config file section without a prefix, except the AWS CLI's own two.
func (l *linter) noPrefix(b *configfile.Block) {
	if b.Text != "plugins" && b.Text != "preview" {
		l.problem(codeSectionPrefix, place{line: b.Line},
			fmt.Sprintf("no tool reads [%s] in the config file", b.Text), "write "+configfile.Profile.HeaderLike(b.Text))
	}
}

// prefixKind returns the kind whose prefix word starts with: the AWS CLI ignores the rest.
func prefixKind(word string) configfile.Kind {
	return configfile.KindOf(func(prefix string) bool { return strings.HasPrefix(word, prefix) })
}

// meantKind returns the kind whose prefix is closest to word.
func meantKind(word string) configfile.Kind {
	return configfile.KindOf(func(prefix string) bool {
		return len(word) <= len(prefix)+2 && distance(word, prefix) <= 2
	})
}
