package login

import (
	"fmt"
	"io"
)

// Format prints the type's name, whatever the verb: ClientConfig may hold secrets.
func (o Options) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "login.Options") }
