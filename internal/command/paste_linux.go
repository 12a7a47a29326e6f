package command

import "golang.org/x/sys/unix"

// Setting flushes the input: the shell would run the rest of an address.
const getTermios, setTermios = unix.TCGETS, unix.TCSETSF
