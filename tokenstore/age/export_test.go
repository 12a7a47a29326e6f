package age

import "github.com/latchkey-sso/latchkey/tokenstore"

// CheapDriver is DriverWithPrompt with a cheap derivation of keys from new passphrases.
func CheapDriver(prompt Prompt) tokenstore.Driver {
	return tokenstore.Driver{Schemes: Driver.Schemes, Open: (&opener{prompt: prompt, workFactor: 1}).open}
}
