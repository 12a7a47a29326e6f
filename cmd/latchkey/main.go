// GOMAXPROCS keeps its first value: following changes of the CPU limit would cost each start a goroutine.
//
//go:debug updatemaxprocs=0

// Command latchkey signs users in to IAM Identity Center and gives every AWS tool on the
// machine credentials from that one sign-in.
package main

import (
	"context"
	"os"

	"github.com/latchkey-sso/latchkey/internal/command"
)

func main() {
	os.Exit(command.Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
