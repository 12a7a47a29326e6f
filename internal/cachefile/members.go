package cachefile

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// A Member is a name/value pair of a JSON object.
type Member struct {
	Name     string
	RawName  []byte // the name as in the file, with quotes
	RawValue []byte // the value as in the file
}

// Members returns the members of the JSON object in data, in order, including duplicates. It
// skips a byte order mark. Errors are *DamageError.
func Members(data []byte) ([]Member, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, &DamageError{Reason: "empty", Torn: true}
	case !utf8.Valid(data) || !json.Valid(data):
		return nil, &DamageError{Reason: "not valid JSON", Torn: true}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, &DamageError{Reason: "not a JSON object"}
	}
	var members []Member
	for decoder.More() {
		m, err := nextMember(decoder, data)
		if err != nil {
			return nil, &DamageError{Reason: "not valid JSON", Torn: true}
		}
		members = append(members, m)
	}
	return members, nil
}

// nextMember reads a member from decoder, which reads from data.
func nextMember(decoder *json.Decoder, data []byte) (Member, error) {
	start := decoder.InputOffset()
	token, err := decoder.Token()
	if err != nil {
		return Member{}, err
	}
	name, _ := token.(string)
	rawName := bytes.TrimLeft(data[start:decoder.InputOffset()], ", \t\r\n")
	var rawValue json.RawMessage
	if err := decoder.Decode(&rawValue); err != nil {
		return Member{}, err
	}
	return Member{Name: name, RawName: rawName, RawValue: rawValue}, nil
}

// SetString sets target to the string value of m, or to "" for null. The error is a
// *DamageError if the value is not a string, or is rejected by target's UnmarshalText.
func SetString[T ~string](target *T, m Member) error {
	var text string // null leaves it empty
	if err := json.Unmarshal(m.RawValue, &text); err != nil {
		return &DamageError{Reason: fmt.Sprintf("%q is not a string", m.Name)}
	}
	if reader, ok := any(target).(encoding.TextUnmarshaler); ok && reader.UnmarshalText([]byte(text)) != nil {
		return &DamageError{Reason: fmt.Sprintf("%q holds a placeholder in place of a secret", m.Name)}
	}
	*target = T(text)
	return nil
}

// SetStrings sets target to the value of m, a list of strings, or to nil for null. The error is
// a *DamageError if the value is anything else.
func SetStrings(target *[]string, m Member) error {
	var texts []string
	if err := json.Unmarshal(m.RawValue, &texts); err != nil {
		return &DamageError{Reason: fmt.Sprintf("%q is not a list of strings", m.Name)}
	}
	*target = texts
	return nil
}

// SetTime sets target to the time in the string value of m, or to the zero time if [ParseTime]
// cannot parse it. The error is a *DamageError if the value is not a string.
func SetTime(target *time.Time, m Member) error {
	var text string
	err := SetString(&text, m)
	*target, _ = ParseTime(text)
	return err
}
