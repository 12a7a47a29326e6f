package redis

import (
	_ "embed" // the scripts
	"sync"

	"github.com/redis/rueidis"
)

// The scripts run in one step on the server. Each can run twice with the same arguments without
// harm, so that a request without a response can be repeated. "#!lua" needs Redis 7 or Valkey.
var (
	//go:embed lua/acquire.lua
	acquireText string
	//go:embed lua/renew.lua
	renewText string
	//go:embed lua/release.lua
	releaseText string
	//go:embed lua/read.lua
	readText string
	//go:embed lua/store.lua
	storeText string
	//go:embed lua/number.lua
	numberText string
	//go:embed lua/delete.lua
	deleteText string
)

var (
	acquireScript = script(&acquireText)
	renewScript   = script(&renewText)
	releaseScript = script(&releaseText)
	readScript    = script(&readText)
	numberScript  = script(&numberText)
	deleteScript  = script(&deleteText)
)

// storeScript fails if the memory of the server is full. replaceScript does not: it replaces a
// token by one of the same size, and a refreshed token that is not stored is lost.
var (
	storeScript   = scriptWith("#!lua\n", &storeText)
	replaceScript = scriptWith("#!lua flags=allow-oom\n", &storeText)
)

func script(text *string) func() *rueidis.Lua { return scriptWith("", text) }

func scriptWith(header string, text *string) func() *rueidis.Lua {
	return sync.OnceValue(func() *rueidis.Lua { return rueidis.NewLuaScript(header + *text) })
}
