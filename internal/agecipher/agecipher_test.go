package agecipher_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/tokencache"
)

var _ tokencache.Cipher = agecipher.Cipher{}

const (
	name    = "token a.json"
	content = "two\nlines"
)

// keys are Keys in memory.
type keys struct{ now, reloaded []agecipher.Identity }

func (k *keys) Identities(context.Context) ([]agecipher.Identity, error) {
	if k.now == nil {
		return nil, agecipher.ErrNoKey
	}
	return k.now, nil
}

func (k *keys) Create(ctx context.Context) ([]agecipher.Identity, error) { return k.Identities(ctx) }

// reloading are keys that others replace.
type reloading struct{ *keys }

func (r reloading) Reload(ctx context.Context) ([]agecipher.Identity, error) {
	return (&keys{now: r.reloaded}).Identities(ctx)
}

func generate(t *testing.T) redact.Secret {
	t.Helper()
	text, err := agecipher.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parse(t *testing.T, text redact.Secret) []agecipher.Identity {
	t.Helper()
	identities, err := agecipher.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return identities
}

func newCipher(t *testing.T, text redact.Secret) agecipher.Cipher {
	t.Helper()
	return agecipher.Cipher{Keys: &keys{now: parse(t, text)}}
}

func seal(t *testing.T, c agecipher.Cipher) []byte {
	t.Helper()
	sealed, err := c.Seal(t.Context(), name, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func wantOpens(t *testing.T, c agecipher.Cipher, sealed []byte) {
	t.Helper()
	if got, err := c.Open(t.Context(), name, sealed); string(got) != content || err != nil {
		t.Errorf("Open = %q, %v", got, err)
	}
}

func wantUndecryptable(t *testing.T, c agecipher.Cipher, name string, sealed []byte) {
	t.Helper()
	got, err := c.Open(t.Context(), name, sealed)
	if got != nil || !errors.Is(err, tokencache.ErrUndecryptable) || strings.Contains(err.Error(), "lines") {
		t.Errorf("Open = %q, %v; want ErrUndecryptable, without the content", got, err)
	}
}

// TestFormat: what Seal returns is a file that the age command decrypts.
func TestFormat(t *testing.T) {
	text := generate(t)
	sealed := seal(t, newCipher(t, text))
	id, err := age.ParseX25519Identity(string(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err != nil {
		t.Fatal(err)
	}
	plaintext, err := io.ReadAll(r)
	line, rest, _ := strings.Cut(string(plaintext), "\n")
	if !strings.HasPrefix(line, "latchkey/1 ") || rest != content || err != nil {
		t.Errorf("age decrypts %q, %v", plaintext, err)
	}
}

func TestOpen(t *testing.T) {
	text := generate(t)
	c := newCipher(t, text)
	sealed := seal(t, c)
	wantOpens(t, c, sealed)
	wantOpens(t, newCipher(t, "# comment\n\n"+text+"\n"), sealed)
	wantUndecryptable(t, c, "token b.json", sealed)
	wantUndecryptable(t, c, "role a.json", sealed)
	wantUndecryptable(t, c, name, nil)
	wantUndecryptable(t, c, name, []byte(content))
	wantUndecryptable(t, newCipher(t, generate(t)), name, sealed)
	wantUndecryptable(t, agecipher.Cipher{Keys: &keys{}}, name, sealed)
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		wantUndecryptable(t, c, name, changed)
		wantUndecryptable(t, c, name, sealed[:i])
	}
	if _, err := (agecipher.Cipher{Keys: &keys{}}).Seal(t.Context(), name, nil); !errors.Is(err, agecipher.ErrNoKey) {
		t.Errorf("Seal without a key: %v", err)
	}
}

// TestForged: a file that somebody encrypts for the public key does not open.
func TestForged(t *testing.T) {
	text := generate(t)
	id, err := age.ParseX25519Identity(string(text))
	if err != nil {
		t.Fatal(err)
	}
	other := newCipher(t, generate(t))
	plaintexts := []string{"", "\n", content, "latchkey/1 \n" + content, decrypted(t, other, seal(t, other))}
	for _, plaintext := range plaintexts {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, id.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, plaintext)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		wantUndecryptable(t, newCipher(t, text), name, b.Bytes())
	}
}

// decrypted returns the plaintext of a file, with the line of Latchkey.
func decrypted(t *testing.T, c agecipher.Cipher, sealed []byte) string {
	t.Helper()
	identities, err := c.Keys.Identities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identities[0])
	if err != nil {
		t.Fatal(err)
	}
	plaintext, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plaintext)
}

// TestRotation: the first identity encrypts, and all decrypt.
func TestRotation(t *testing.T) {
	previous, next := generate(t), generate(t)
	both := newCipher(t, next+"\n"+previous)
	wantOpens(t, both, seal(t, newCipher(t, previous)))
	wantOpens(t, newCipher(t, next), seal(t, both))
	wantUndecryptable(t, newCipher(t, previous), name, seal(t, both))
}

// TestPostQuantum: identities of age-keygen -pq work too.
func TestPostQuantum(t *testing.T) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	c := newCipher(t, redact.Secret(id.String()))
	wantOpens(t, c, seal(t, c))
}

// TestReload: keys are loaded again when they do not fit.
func TestReload(t *testing.T) {
	previous, next := parse(t, generate(t)), parse(t, generate(t))
	sealed := seal(t, agecipher.Cipher{Keys: &keys{now: next}})
	wantUndecryptable(t, agecipher.Cipher{Keys: &keys{now: previous, reloaded: next}}, name, sealed)
	wantOpens(t, agecipher.Cipher{Keys: reloading{&keys{now: previous, reloaded: next}}}, sealed)
	wantUndecryptable(t, agecipher.Cipher{Keys: reloading{&keys{now: previous, reloaded: previous}}}, name, sealed)
	wantUndecryptable(t, agecipher.Cipher{Keys: reloading{&keys{now: previous}}}, name, sealed)
}

func TestParseInvalid(t *testing.T) {
	wrapped, err := agecipher.Wrap("AGE-SECRET-KEY-1", "passphrase", 10)
	if err != nil {
		t.Fatal(err)
	}
	secret := string(generate(t))
	for text, want := range map[string]string{
		"":                                     "no identities found",
		"# only a comment\n":                   "no identities found",
		secret[:60]:                            "malformed secret key",
		strings.ToLower(secret):                "unknown identity type",
		"-----BEGIN OPENSSH PRIVATE":           "unknown identity type",
		string(wrapped):                        "encrypted with a passphrase",
		"-----BEGIN AGE ENCRYPTED FILE-----\n": "encrypted with a passphrase",
	} {
		_, err := agecipher.Parse(redact.Secret(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret[20:40]) {
			t.Errorf("Parse(%q): %v; want %q", text, err, want)
		}
	}
}

func TestWrap(t *testing.T) {
	text := generate(t)
	wrapped, err := agecipher.Wrap(text, "correct horse", 10)
	if err != nil {
		t.Fatal(err)
	}
	identities, err := agecipher.Unwrap(wrapped, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	wantOpens(t, agecipher.Cipher{Keys: &keys{now: identities}}, seal(t, newCipher(t, text)))
	for passphrase, damaged := range map[redact.Secret][]byte{"wrong": wrapped, "correct horse": wrapped[:len(wrapped)-1]} {
		_, err := agecipher.Unwrap(damaged, passphrase)
		if err == nil || errors.Is(err, agecipher.ErrPassphrase) != (passphrase == "wrong") {
			t.Errorf("Unwrap with %q: %v", string(passphrase), err)
		}
	}
}

// TestSecret: printing an identity shows no key.
func TestSecret(t *testing.T) {
	identities := parse(t, generate(t))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		got := fmt.Sprintf(verb, identities)
		if !strings.Contains(got, "[redacted]") || len(got) > 100 {
			t.Errorf("%s: %s", verb, got)
		}
	}
}
