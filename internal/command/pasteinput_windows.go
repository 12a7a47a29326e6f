package command

import (
	"io"
	"os"
	"slices"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/windows"
)

// stoppable is a console that can be read until stop. A read that went on would take input from the next prompt.
type stoppable struct {
	console, end windows.Handle // end is an event

	mu sync.Mutex // held while input is taken, so that none is after stop
}

func newStoppable(f *os.File) (*stoppable, error) {
	end, err := windows.CreateEvent(nil, 1, 0, nil)
	return &stoppable{console: windows.Handle(f.Fd()), end: end}, err
}

// Read waits for input. After stop, it takes none and returns io.EOF.
func (s *stoppable) Read(p []byte) (int, error) {
	for {
		if _, err := windows.WaitForMultipleObjects([]windows.Handle{s.end, s.console}, false, windows.INFINITE); err != nil {
			return 0, os.NewSyscallError("WaitForMultipleObjects", err)
		}
		text, err := s.take(len(p) / utf8.UTFMax)
		if text != "" || err != nil {
			return copy(p, text), err
		}
	}
}

// take returns the text of the next keys, of up to limit. It does not wait: the console has input.
func (s *stoppable) take(limit int) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if event, err := windows.WaitForSingleObject(s.end, 0); err != nil || event == windows.WAIT_OBJECT_0 {
		return "", io.EOF
	}
	records := make([]inputRecord, limit)
	n, err := readConsoleInput(s.console, records)
	return keyText(records[:n]), err
}

func (s *stoppable) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = windows.SetEvent(s.end)
}

// inputRecord is INPUT_RECORD for a KEY_EVENT_RECORD, the largest of its events.
type inputRecord struct {
	kind    uint16
	_       uint16
	keyDown int32
	repeats uint16
	key     uint16
	_       uint16 // the scan code
	char    uint16 // in UTF-16
	state   uint32
}

// Values of an inputRecord.
const (
	keyEvent       = 1    // KEY_EVENT, of kind
	keyMenu        = 0x12 // VK_MENU, of key: Alt
	leftAltPressed = 2    // LEFT_ALT_PRESSED, of state
)

var procReadConsoleInput = windows.NewLazySystemDLL("kernel32.dll").NewProc("ReadConsoleInputW")

// readConsoleInput waits for input and returns how many records it has read.
func readConsoleInput(console windows.Handle, records []inputRecord) (n uint32, err error) {
	ok, _, err := procReadConsoleInput.Call(uintptr(console), uintptr(unsafe.Pointer(unsafe.SliceData(records))), uintptr(len(records)), uintptr(unsafe.Pointer(&n)))
	if ok == 0 {
		return 0, os.NewSyscallError("ReadConsoleInput", err)
	}
	return n, nil
}

// keyText returns the characters that the keys enter.
func keyText(records []inputRecord) string {
	var text []uint16
	for _, r := range records {
		if r.kind == keyEvent && r.char != 0 && r.enters() {
			text = append(text, slices.Repeat([]uint16{r.char}, int(max(r.repeats, 1)))...)
		}
	}
	return string(utf16.Decode(text))
}

// enters reports whether the key enters its character when it goes down. A character that the keyboard lacks is entered,
// also when it is pasted, by its number with Alt held: releasing Alt enters it.
func (r inputRecord) enters() bool {
	if r.keyDown == 0 {
		return r.key == keyMenu
	}
	return r.state&leftAltPressed == 0
}
