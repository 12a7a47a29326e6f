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

// controls are the keys that send a single byte.
var controls = map[byte]keyKind{
	'\r': keyEnter, '\n': keyEnter,
	'C' & 0x1f: keyCancel, 'D' & 0x1f: keyCancel, 'G' & 0x1f: keyCancel,
	0x7f: keyBackspace, '\b': keyBackspace,
	'W' & 0x1f: keyClearWord, 'U' & 0x1f: keyClearLine,
	'P' & 0x1f: keyUp, 'K' & 0x1f: keyUp, 'N' & 0x1f: keyDown, '\t': keyDown,
}

// sequences are the keys that send an escape character and more (ECMA-48, xterm).
var sequences = map[string]keyKind{
	"[A": keyUp, "OA": keyUp, "[B": keyDown, "OB": keyDown, "[Z": keyUp,
	"[5~": keyPageUp, "[6~": keyPageDown,
}

// keyReader reads keys, one byte at a time: what is typed ahead of the next question stays
// with the terminal.
type keyReader struct {
	in      io.Reader
	pending chan key // of the key that is being read; nil if none is
	bytes   chan byte
}

// next returns the channel that the next key comes on. The caller calls read when it has
// come. Nothing is read from the terminal between that and the next call.
func (k *keyReader) next() <-chan key {
	if k.pending == nil {
		k.pending = make(chan key, 1)
		go func(result chan<- key) { result <- k.decode() }(k.pending)
	}
	return k.pending
}

func (k *keyReader) read() { k.pending = nil }

// escapeWait is how long the rest of an escape sequence may take to arrive. A lone escape
// character is the Escape key.
const escapeWait = 50 * time.Millisecond

func (k *keyReader) decode() key {
	b, ok := k.byte(0)
	if !ok {
		return key{kind: keyCancel}
	}
	switch kind, control := controls[b]; {
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

// sequence reads what follows an escape character.
func (k *keyReader) sequence() key {
	var text []byte
	for len(text) < 16 {
		b, ok := k.byte(escapeWait)
		if !ok {
			break
		}
		text = append(text, b)
		if len(text) > 1 && b >= '@' && b <= '~' || len(text) == 1 && b != '[' && b != 'O' {
			return key{kind: sequences[string(text)]}
		}
	}
	if len(text) == 0 {
		return key{kind: keyCancel}
	}
	return key{}
}

// rune reads the rest of a character that starts with b.
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

// byte reads one byte, within a time unless that is 0.
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
