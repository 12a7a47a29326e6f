// GOMAXPROCS keeps its first value: following changes of the CPU limit would cost each start a goroutine.
//
//go:debug updatemaxprocs=0

// Command latchkey is the latchkey command with support for sign-ins on Redis.
package main

import (
	"context"
	"os"

	"github.com/latchkey-sso/latchkey/internal/command"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

func main() {
	os.Exit(command.Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, redis.Driver))
}
