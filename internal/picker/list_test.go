package picker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

var accounts = []Item{
	{ID: "1", Name: "Audit", Detail: "111122223333"},
	{ID: "2", Name: "Prod EU", Detail: "222233334444"},
	{ID: "3", Name: "Prod US", Detail: "333344445555"},
	{ID: "4", Name: "Pre-Prod", Detail: "444455556666"},
	{ID: "5", Name: "Prod", Detail: "555566667777"},
	{ID: "6", Name: "\x1b[2JÉvil\n", Detail: "666677778888"},
}

func names(l *list) []string {
	var names []string
	for _, i := range l.matches {
		names = append(names, l.entries[i].name)
	}
	return names
}

func TestSearch(t *testing.T) {
	recent := []string{"3", "gone", "4"}
	for query, want := range map[string][]string{
		"":             {"Prod US", "Pre-Prod", "Audit", "Prod EU", "Prod", "[2JÉvil"},
		"prod":         {"Prod", "Prod US", "Prod EU", "Pre-Prod"}, // the same, then the start
		"PROD":         {"Prod", "Prod US", "Prod EU", "Pre-Prod"},
		"us prod":      {"Prod US"}, // all words, in any order
		"prod 5555":    {"Prod US", "Pre-Prod", "Prod"},
		"444455556666": {"Pre-Prod"}, // the detail too
		" prod ":       {"Prod", "Prod US", "Prod EU", "Pre-Prod"},
		"évil":         {"[2JÉvil"},
		"nothing":      nil,
	} {
		l := newList(accounts, recent)
		l.search(query)
		if diff := cmp.Diff(want, names(l)); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

func TestPress(t *testing.T) {
	typed := func(text string) (keys []key) {
		for _, r := range text {
			keys = append(keys, key{keyRune, r})
		}
		return keys
	}
	repeated := func(kind keyKind, n int) (keys []key) {
		for range n {
			keys = append(keys, key{kind: kind})
		}
		return keys
	}
	tests := map[string]struct {
		keys   []key
		query  string
		chosen string
	}{
		"nothing":            {nil, "", "1"},
		"down":               {repeated(keyDown, 2), "", "3"},
		"down past the end":  {repeated(keyDown, 20), "", "6"},
		"up past the start":  {append(repeated(keyDown, 2), repeated(keyUp, 9)...), "", "1"},
		"page down":          {repeated(keyPageDown, 1), "", "6"},
		"page up":            {append(repeated(keyDown, 3), key{kind: keyPageUp}), "", "1"},
		"typed":              {typed("us"), "us", "3"},
		"typing moves up":    {append(repeated(keyDown, 3), typed("prod")...), "prod", "5"},
		"backspace":          {append(typed("prodé"), key{kind: keyBackspace}), "prod", "5"},
		"backspace too much": {repeated(keyBackspace, 3), "", "1"},
		"a word back":        {append(typed("prod us "), key{kind: keyClearWord}), "prod ", "5"},
		"all back":           {append(typed("prod us"), key{kind: keyClearLine}), "", "1"},
		"unprintable":        {typed("\u202eus\u0085"), "us", "3"},
		"other keys":         {[]key{{}}, "", "1"},
		"no match":           {typed("zzz"), "zzz", ""},
		"down without match": {append(typed("zzz"), repeated(keyDown, 2)...), "zzz", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newList(accounts, nil)
			for _, k := range tt.keys {
				l.press(k)
			}
			if l.query != tt.query {
				t.Errorf("query %q, want %q", l.query, tt.query)
			}
			chosen := ""
			if index, ok := l.chosen(); ok {
				chosen = accounts[index].ID
			}
			if chosen != tt.chosen {
				t.Errorf("chose %q, want %q", chosen, tt.chosen)
			}
		})
	}
}
