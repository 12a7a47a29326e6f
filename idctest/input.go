package idctest

import "encoding/json"

// input is the body of an OIDC operation. All members of all operations are strings or lists of strings. Names are
// matched exactly, as the service does and encoding/json does not. A member of another type, or null, counts as
// missing.
type input struct {
	text map[string]string
	list map[string][]string
}

func parseInput(body []byte) input {
	in := input{text: map[string]string{}, list: map[string][]string{}}
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return in // every operation rejects an empty input
	}
	for name, value := range members {
		switch value := value.(type) {
		case string:
			in.text[name] = value
		case []any:
			in.list[name] = texts(value)
		}
	}
	return in
}

func texts(values []any) []string {
	list := make([]string, 0, len(values))
	for _, v := range values {
		if text, ok := v.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

// missing returns the first of the required members that is absent or empty, or "".
func (in input) missing(required ...string) string {
	for _, name := range required {
		if in.text[name] == "" {
			return name
		}
	}
	return ""
}
