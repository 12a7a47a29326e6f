// Package redis keeps sign-ins on a Redis or Valkey server, for programs on many machines.
package redis
