//go:build !shells

package shellenv_test

const allShells = false
