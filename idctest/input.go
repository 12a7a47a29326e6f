package idctest

import "encoding/json"

// input is the body of an OIDC operation. All members are strings or lists of strings; any other type counts as missing.
// Unlike encoding/json, it matches names exactly.
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

// missing returns the first required member that is absent or empty, or "".
func (in input) missing(required ...string) string {
	for _, name := range required {
		if in.text[name] == "" {
			return name
		}
	}
	return ""
}
