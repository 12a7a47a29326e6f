package picker

import (
	"io"
	"time"
	"unicode/utf8"
)

type keyKind uint8

const (
	keyOther keyKind = iota // does nothing
	keyRune
	keyEnter
	keyCancel
	keyBackspace
	keyClearWord
	keyClearLine
	keyUp
	keyDown
	keyPageUp
	keyPageDown
)

// key is a key that was pressed.
type key struct {
	kind keyKind
	r    rune // of keyRune
}

// controlKey returns the key that sends a single control byte.
func controlKey(b byte) (keyKind, bool) {
	switch b {
	case '\r', '\n':
		return keyEnter, true
	case 'C' & 0x1f, 'D' & 0x1f, 'G' & 0x1f:
		return keyCancel, true
	case 0x7f, '\b':
		return keyBackspace, true
	case 'W' & 0x1f:
		return keyClearWord, true
	case 'U' & 0x1f:
		return keyClearLine, true
	case 'P' & 0x1f, 'K' & 0x1f:
		return keyUp, true
	case 'N' & 0x1f, '\t':
		return keyDown, true
	}
	return keyOther, false
}

// sequenceKey returns the key that sends an escape character and text (ECMA-48, xterm).
func sequenceKey(text string) keyKind {
	switch text {
	case "[A", "OA", "[Z":
		return keyUp
	case "[B", "OB":
		return keyDown
	case "[5~":
		return keyPageUp
	case "[6~":
		return keyPageDown
	}
	return keyOther
}

// keyReader reads one byte at a time, so that type-ahead stays in the terminal for the next
// question.
type keyReader struct {
	in      io.Reader
	pending chan key // receives the key being read; nil if none
	bytes   chan byte
}

// next returns a channel that receives the next key. The caller then calls read. Nothing is
// read from the terminal until the next call.
func (k *keyReader) next() <-chan key {
	if k.pending == nil {
		k.pending = make(chan key, 1)
		go func(result chan<- key) { result <- k.decode() }(k.pending)
	}
	return k.pending
}

func (k *keyReader) read() { k.pending = nil }

// escapeWait is how long to wait for the rest of an escape sequence. A lone escape character is
// the Escape key.
const escapeWait = 50 * time.Millisecond

func (k *keyReader) decode() key {
	b, ok := k.byte(0)
	if !ok {
		return key{kind: keyCancel}
	}
	switch kind, control := controlKey(b); {
	case control:
		return key{kind: kind}
	case b == 0x1b:
		return k.sequence()
	case b < ' ':
		return key{}
	case b < utf8.RuneSelf:
		return key{keyRune, rune(b)}
	}
	return k.rune(b)
}

// sequence reads the rest of an escape sequence.
func (k *keyReader) sequence() key {
	var text []byte
	for len(text) < 16 {
		b, ok := k.byte(escapeWait)
		if !ok {
			break
		}
		text = append(text, b)
		if len(text) > 1 && b >= '@' && b <= '~' || len(text) == 1 && b != '[' && b != 'O' {
			return key{kind: sequenceKey(string(text))}
		}
	}
	if len(text) == 0 {
		return key{kind: keyCancel}
	}
	return key{}
}

// rune reads the rest of the UTF-8 sequence that starts with b.
func (k *keyReader) rune(b byte) key {
	text := []byte{b}
	for !utf8.FullRune(text) {
		b, ok := k.byte(escapeWait)
		if !ok {
			return key{}
		}
		text = append(text, b)
	}
	r, _ := utf8.DecodeRune(text)
	if r == utf8.RuneError {
		return key{}
	}
	return key{keyRune, r}
}

// byte reads one byte. A timeout of 0 means none.
func (k *keyReader) byte(within time.Duration) (byte, bool) {
	if k.bytes == nil {
		k.bytes = make(chan byte, 1)
		go func(result chan<- byte) {
			defer close(result)
			var buf [1]byte
			if n, _ := k.in.Read(buf[:]); n == 1 {
				result <- buf[0]
			}
		}(k.bytes)
	}
	var expired <-chan time.Time
	if within > 0 {
		expired = time.After(within)
	}
	select {
	case b, ok := <-k.bytes:
		k.bytes = nil
		return b, ok
	case <-expired:
		return 0, false
	}
}
