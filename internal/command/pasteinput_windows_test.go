package command

import (
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestStoppableConsole runs itself on a new console, without a window, and types there.
func TestStoppableConsole(t *testing.T) {
	const onConsole = "LATCHKEY_TEST_CONSOLE"
	if os.Getenv(onConsole) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStoppableConsole$", "-test.v")
		cmd.Env = append(os.Environ(), onConsole+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	console, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer console.Close()
	input, err := newStoppable(console)
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		defer close(read)
		for buf := make([]byte, 4096); ; {
			n, err := input.Read(buf)
			if err != nil {
				read <- err.Error()
				return
			}
			read <- string(buf[:n])
		}
	}()
	typeOn(t, console, inputRecord{kind: 0x10}) // FOCUS_EVENT
	typeOn(t, console, press('a'))
	if got := <-read; got != "a" {
		t.Errorf("read %q", got)
	}
	input.stop() // the reader is waiting for the next key
	if got := <-read; got != io.EOF.Error() {
		t.Errorf("after stop: %q", got)
	}
	typeOn(t, console, press('b'))
	left := make([]inputRecord, 10)
	if n, err := readConsoleInput(windows.Handle(console.Fd()), left); err != nil || keyText(left[:n]) != "b" {
		t.Errorf("left for the next prompt: %q, %v", keyText(left[:n]), err)
	}
}

var procWriteConsoleInput = windows.NewLazySystemDLL("kernel32.dll").NewProc("WriteConsoleInputW")

func typeOn(t *testing.T, console *os.File, record inputRecord) {
	t.Helper()
	var n uint32
	if ok, _, err := procWriteConsoleInput.Call(console.Fd(), uintptr(unsafe.Pointer(&record)), 1, uintptr(unsafe.Pointer(&n))); ok == 0 || n != 1 {
		t.Fatalf("WriteConsoleInput: %v", err)
	}
}

func press(char rune) inputRecord {
	return inputRecord{kind: keyEvent, keyDown: 1, repeats: 1, char: uint16(char)}
}

func TestKeyText(t *testing.T) {
	release := press('a')
	release.keyDown = 0
	number := press('6')
	number.state = leftAltPressed
	alt := inputRecord{kind: keyEvent, key: keyMenu, char: '~'}
	twice := press('b')
	twice.repeats = 2
	resized := inputRecord{kind: 4, keyDown: 1, char: 'x'} // WINDOW_BUFFER_SIZE_EVENT
	shift := inputRecord{kind: keyEvent, keyDown: 1, key: windows.VK_SHIFT}
	got := keyText([]inputRecord{press('a'), release, resized, shift, number, alt, twice, press(0xd83d), press(0xde00)})
	if want := "a~bb😀"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
