package main

import "golang.org/x/sys/unix"

// What has not been read is dropped: the shell would run the rest of an address.
const getTermios, setTermios = unix.TCGETS, unix.TCSETSF
