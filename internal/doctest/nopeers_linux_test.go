//go:build !peers

package doctest

const peers = false
