// Package browser tests the sign-in in a real browser: Debian's chromium, headless. It is a
// module of its own, since its driver must not become a dependency of Latchkey.
package browser
