package shellenv

import (
	"runtime"
	"slices"
	"strings"
)

// Apply returns a copy of environ, in the form of os.Environ, with the change applied. It removes
// duplicates of the changed variables, since programs disagree about which one to use.
func (c Change) Apply(environ []string) []string {
	changed := slices.DeleteFunc(slices.Clone(environ), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return c.names(name)
	})
	for _, v := range c.Set {
		changed = append(changed, v.Name+"="+v.Value)
	}
	return changed
}

// names reports whether the change sets or unsets a variable. Names are case-insensitive on Windows.
func (c Change) names(name string) bool {
	same := func(other string) bool {
		return other == name || runtime.GOOS == "windows" && strings.EqualFold(other, name)
	}
	return slices.ContainsFunc(c.Unset, same) || slices.ContainsFunc(c.Set, func(v Variable) bool { return same(v.Name) })
}
