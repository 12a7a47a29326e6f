package profile

import (
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// sections reports on the section lines.
func (l *linter) sections() {
	spellings := map[string]int{} // lines by what stands between the brackets
	names := map[configfile.ID]int{}
	for _, b := range l.parsed.Blocks {
		if b.Text == "" {
			continue // damage
		}
		raw, _, _ := strings.Cut(b.Header, "\n")
		raw = raw[:strings.LastIndexByte(raw, ']')+1] // the AWS CLI reads up to the last one
		id := configfile.ID{Kind: b.Kind, Name: b.Name}
		if after := afterText(b); len(after) > 1 && configfile.IsCommentMark(after[1]) {
			l.problem(CodeInlineComment, atBlock(b),
				"the JavaScript SDK does not read a section line with a comment right after the bracket, and adds its settings to the section before",
				"put a space between the two")
		}
		switch {
		case spellings[raw] > 0:
			l.problem(CodeDuplicateSection, atBlock(b),
				fmt.Sprintf("%s is also in line %d, and the AWS CLI cannot read such a file", raw, spellings[raw]), fixTwice)
		case b.Kind != configfile.Ignored && names[id] > 0:
			l.warning(CodeDuplicateSection, atBlock(b),
				fmt.Sprintf("the section is also in line %d, and the AWS CLI reads only one of the two", names[id]), fixTwice)
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
		l.problem(CodeDuplicateSection, at, fmt.Sprintf("[default] has no effect beside [profile default] in line %d", prefixed), fixTwice)
	}
}

// name reports a name that we read and some tools do not.
func (l *linter) name(b *configfile.Block) {
	written := strings.Trim(strings.TrimPrefix(b.Text, b.Kind.Prefix()), " \t")
	before, after := configfile.IsSpace(b.Header[1]), configfile.IsSpace(b.Header[1+len(b.Text)])
	problem := func(reason, fix string) { l.problem(CodeSectionName, atBlock(b), reason, fix) }
	switch {
	case before:
		problem("the AWS CLI and the JavaScript SDK do not read a section with a space after the bracket", "remove the space")
	case after && (l.credentials || b.Kind == configfile.PlainDefault):
		problem("the AWS CLI reads the space before the bracket as part of the name", "remove the space")
	case after:
		problem("the JavaScript SDK does not read a section with a space before the bracket", "remove the space")
	case hasBracketAfter(b):
		problem("the AWS CLI reads the name up to the last ] of the line, which is in the comment", fixComment)
	case !l.credentials && len(b.Text) > len(b.Kind.Prefix())+1+len(written):
		problem("the JavaScript SDK does not read a section with more than one space before the name", "write "+b.Kind.HeaderLike(written))
	case b.Name == prototype:
		problem("the JavaScript SDK cannot read a file with the name __proto__ in it", "choose another name")
	case !configfile.IsIdentifier(b.Name) && written == b.Name:
		problem(fmt.Sprintf("the AWS CLI, boto3 and the Go SDK read the name %q, and the SDKs for JavaScript, Java, Kotlin and Rust do not", b.Name), chooseName)
	case !configfile.IsIdentifier(b.Name):
		l.warning(CodeSectionName, atBlock(b), fmt.Sprintf("only the AWS CLI and boto3 read the name %q too", b.Name), chooseName)
	case b.Kind != configfile.PlainDefault && !l.credentials && written != b.Name:
		l.warning(CodeSectionName, atBlock(b), "the Go SDK reads the quotes as part of the name", fmt.Sprintf("write [%s %s]", b.Kind.Prefix(), b.Name))
	}
}

// afterText returns what follows the text between the brackets, from the closing one on.
func afterText(b *configfile.Block) string {
	_, after, _ := strings.Cut(b.Header, b.Text)
	return strings.TrimLeft(after, " \t")
}

// hasBracketAfter reports whether the section line has a bracket in its comment.
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
	misspelt := prefix != kind.Prefix()
	problem := func(code Code, reason, fix string) { l.problem(code, place{line: b.Line}, reason, fix) }
	switch {
	case b.Text == "DEFAULT":
		problem(CodeSectionPrefix, "the AWS CLI adds the settings of [DEFAULT] to every section, and other tools do not", "write [default]")
	case strings.EqualFold(b.Text, configfile.Default):
		problem(CodeSectionPrefix, fmt.Sprintf("no tool reads [%s]", b.Text), "write [default]")
	case name == "" && known && !misspelt:
		problem(CodeSectionName, "the section has no name", fmt.Sprintf("write [%s <name>]", kind.Prefix()))
	case l.credentials && kind == configfile.Profile:
		problem(CodeWrongFile, fmt.Sprintf("no tool reads [%s] in the credentials file", b.Text), fmt.Sprintf("write [%s]", name))
	case l.credentials && known:
		problem(CodeWrongFile, fmt.Sprintf("only the Go SDK reads [%s] in the credentials file", b.Text), "move the section to the config file")
	case name != "" && !l.credentials && misspelt && prefixKind(prefix) != configfile.Ignored:
		problem(CodeSectionPrefix, fmt.Sprintf("only the AWS CLI and boto3 read [%s]", b.Text), "write "+prefixKind(prefix).HeaderLike(name))
	case name != "" && known && misspelt:
		problem(CodeSectionPrefix, fmt.Sprintf("no tool reads [%s]", b.Text), "write "+kind.HeaderLike(name))
	case name == "" && !l.credentials:
		l.noPrefix(b)
	case known, l.credentials, strings.ContainsFunc(b.Text, isInvisible):
		problem(CodeSectionName, fmt.Sprintf("few tools read the name in [%s]", b.Text), chooseName)
	}
}

// noPrefix reports on a section of the config file that is only a name. Two of those belong
// to the AWS CLI.
func (l *linter) noPrefix(b *configfile.Block) {
	if b.Text != "plugins" && b.Text != "preview" {
		l.problem(CodeSectionPrefix, place{line: b.Line},
			fmt.Sprintf("no tool reads [%s] in the config file", b.Text), "write "+configfile.Profile.HeaderLike(b.Text))
	}
}

// prefixKind returns the kind whose prefix a word starts with: the AWS CLI reads no
// further.
func prefixKind(word string) configfile.Kind {
	return configfile.KindOf(func(prefix string) bool { return strings.HasPrefix(word, prefix) })
}

// meantKind returns the kind that a prefix stands for, even if it is misspelled.
func meantKind(word string) configfile.Kind {
	return configfile.KindOf(func(prefix string) bool {
		return len(word) <= len(prefix)+2 && distance(word, prefix) <= 2
	})
}
