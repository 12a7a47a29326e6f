package profile

import "strings"

// sections reports on the section lines.
func (l *linter) sections() {
	spelling := map[string]int{} // lines by what stands between the brackets
	names := map[sectionID]int{}
	for _, b := range l.layout.blocks {
		if b.text == "" {
			continue // damage
		}
		raw, _, _ := strings.Cut(b.header, "\n")
		raw = raw[:strings.LastIndexByte(raw, ']')+1] // the AWS CLI goes by the last one
		id := sectionID{b.kind, b.name}
		if after := b.afterText(); len(after) > 1 && isCommentMark(after[1]) {
			l.report(CodeInlineComment, Problem, b.line, b, "",
				"the JavaScript SDK does not read a section line with a comment right after the bracket, and takes what follows for settings "+
					"of the section before: put a space between the two")
		}
		switch {
		case spelling[raw] > 0:
			l.report(CodeDuplicateSection, Problem, b.line, b, "",
				"%s is there already in line %d, and the AWS CLI cannot read such a file at all: make one section of the two", raw, spelling[raw])
		case b.kind != ignoredSection && names[id] > 0:
			l.report(CodeDuplicateSection, Warning, b.line, b, "",
				"the section is there already in line %d, and the AWS CLI reads only one of the two: make one section of them", names[id])
		case b.kind == ignoredSection, b.text == "DEFAULT":
			l.ignored(b)
		default:
			l.name(b)
		}
		spelling[raw] = b.line
		names[id] = b.line
	}
	plain, prefixed := names[sectionID{plainDefault, defaultName}], names[sectionID{profileSection, defaultName}]
	if plain > 0 && prefixed > 0 {
		l.report(CodeDuplicateSection, Problem, plain, &block{kind: plainDefault, name: defaultName}, "",
			"[default] counts for nothing beside [profile default] in line %d: make one section of the two", prefixed)
	}
}

// name reports what some tools will not make of a name that we read.
func (l *linter) name(b *block) {
	switch written := strings.Trim(strings.TrimPrefix(b.text, b.kind.prefix()), " \t"); {
	case isSpace(b.header[1]):
		l.report(CodeSectionName, Problem, b.line, b, "",
			"the AWS CLI and the JavaScript SDK do not read a section with a space after the bracket: remove it")
	case isSpace(b.header[1+len(b.text)]) && (l.credentials || b.kind == plainDefault):
		l.report(CodeSectionName, Problem, b.line, b, "",
			"the AWS CLI takes the space before the bracket for a part of the name: remove it")
	case isSpace(b.header[1+len(b.text)]):
		l.report(CodeSectionName, Problem, b.line, b, "",
			"the JavaScript SDK does not read a section with a space before the bracket: remove it")
	case hasBracketAfter(b):
		l.report(CodeSectionName, Problem, b.line, b, "",
			"the AWS CLI reads the name up to the last ] of the line, which is in the comment: move the comment to a line of its own")
	case !l.credentials && len(b.text) > len(b.kind.prefix())+1+len(written):
		l.report(CodeSectionName, Problem, b.line, b, "",
			"the JavaScript SDK does not read a section with more than one space before the name: write %s", b.kind.headerLike(written))
	case b.name == prototype:
		l.report(CodeSectionName, Problem, b.line, b, "",
			"the JavaScript SDK reads nothing of a file that has the name __proto__ in it: choose another")
	case !isIdentifier(b.name) && written == b.name:
		l.report(CodeSectionName, Problem, b.line, b, "",
			"the AWS CLI, boto3 and the Go SDK read the name %q, and the SDKs for JavaScript, Java, Kotlin and Rust do not: "+
				"choose one of letters, digits and _-/.%%@:+", b.name)
	case !isIdentifier(b.name):
		l.report(CodeSectionName, Warning, b.line, b, "",
			"only the AWS CLI and boto3 read the name %q as well: choose one of letters, digits and _-/.%%@:+", b.name)
	case b.kind != plainDefault && !l.credentials && written != b.name:
		l.report(CodeSectionName, Warning, b.line, b, "",
			"the Go SDK takes the quotes for a part of the name: write [%s %s]", b.kind.prefix(), b.name)
	}
}

// afterText returns what follows the text between the brackets, from the closing one
// on.
func (b *block) afterText() string {
	_, after, _ := strings.Cut(b.header, b.text)
	return strings.TrimLeft(after, " \t")
}

// hasBracketAfter reports whether the section line has a bracket in its comment.
func hasBracketAfter(b *block) bool {
	line, _, _ := strings.Cut(b.header, "\n")
	return strings.Count(line, "]") > 1+strings.Count(b.text, "]")
}

// ignored reports why a section is not read.
func (l *linter) ignored(b *block) {
	prefix, name := b.text, ""
	if i := strings.IndexAny(b.text, " \t"); i >= 0 {
		prefix, name = b.text[:i], strings.Trim(b.text[i:], " \t")
	}
	kind := meantKind(prefix)
	switch {
	case b.text == "DEFAULT":
		l.report(CodeSectionPrefix, Problem, b.line, nil, "",
			"the AWS CLI takes the settings of [DEFAULT] for settings of every section, and other tools do not: write [default]")
	case strings.EqualFold(b.text, defaultName):
		l.report(CodeSectionPrefix, Problem, b.line, nil, "", "no tool reads [%s]: write [default]", b.text)
	case name == "" && kind != ignoredSection && prefix == kind.prefix():
		l.report(CodeSectionName, Problem, b.line, nil, "", "the section has no name: write [%s <name>]", kind.prefix())
	case l.credentials && kind == profileSection:
		l.report(CodeWrongFile, Problem, b.line, nil, "", "no tool reads [%s] in the credentials file: write [%s]", b.text, name)
	case l.credentials && kind != ignoredSection:
		l.report(CodeWrongFile, Problem, b.line, nil, "",
			"only the Go SDK reads [%s] in the credentials file: move the section to the config file", b.text)
	case name != "" && !l.credentials && startsWithKind(prefix) != ignoredSection && prefix != kind.prefix():
		l.report(CodeSectionPrefix, Problem, b.line, nil, "",
			"only the AWS CLI and boto3 read [%s]: write %s", b.text, startsWithKind(prefix).headerLike(name))
	case name != "" && kind != ignoredSection && prefix != kind.prefix():
		l.report(CodeSectionPrefix, Problem, b.line, nil, "", "no tool reads [%s]: write %s", b.text, kind.headerLike(name))
	case name == "" && !l.credentials:
		l.noPrefix(b)
	case kind != ignoredSection, l.credentials, strings.ContainsFunc(b.text, isInvisible):
		l.report(CodeSectionName, Problem, b.line, nil, "",
			"few tools read the name in [%s]: choose one of letters, digits and _-/.%%@:+", b.text)
	}
}

// noPrefix reports on a section of the config file that is only a name. Two of them
// belong to the AWS CLI.
func (l *linter) noPrefix(b *block) {
	if b.text != "plugins" && b.text != "preview" {
		l.report(CodeSectionPrefix, Problem, b.line, nil, "",
			"no tool reads [%s] in the config file: write %s", b.text, profileSection.headerLike(b.text))
	}
}

// headerLike is the section line for a name as it stands in another one.
func (k sectionKind) headerLike(name string) string {
	if read := sectionName(name, true); read != "" {
		return k.header(read)
	}
	return k.header(name)
}

// startsWithKind returns the kind whose prefix a word starts with: the AWS CLI looks
// no further.
func startsWithKind(word string) sectionKind {
	for _, kind := range []sectionKind{profileSection, sessionSection, servicesSection} {
		if strings.HasPrefix(word, kind.prefix()) {
			return kind
		}
	}
	return ignoredSection
}

// meantKind returns the kind a prefix stands for, also if it is misspelt.
func meantKind(prefix string) sectionKind {
	for _, kind := range []sectionKind{profileSection, sessionSection, servicesSection} {
		if k := kind.prefix(); len(prefix) <= len(k)+2 && distance(prefix, k) <= 2 {
			return kind
		}
	}
	return ignoredSection
}
