// Package terminaltest runs programs on terminals, for tests. It works on Linux.
package terminaltest
