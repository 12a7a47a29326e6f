package main

import (
	"context"

	"github.com/latchkey-sso/latchkey/bench/home"
	"github.com/latchkey-sso/latchkey/bench/report"
)

// measurement is one table.
type measurement struct {
	name, title string
	short       string // title in the chart; empty for tables that it does not show
	columns     []report.Column
	key         int // column of the ratios
	fill        func(context.Context, *bench, *report.Table) error
}

const manyProfiles = 20_000

var (
	milliseconds = []report.Column{{Name: "p25", Unit: "ms"}, {Name: "p50", Unit: "ms"}}
	megabytes    = []report.Column{{Name: "max RSS", Unit: "MB"}}
)

// measurements are all tables, in order.
var measurements = []measurement{
	{
		"start", "a process that prints its version", "start-up", milliseconds, 1, measureStart,
	},
	{
		"warm", "a process that prints credentials; those that cache role credentials on disk have them, the others send a request",
		"credentials, warm", milliseconds, 1, processes{profiles: 10, profile: home.Profile}.measure,
	},
	{
		"warm-20000", "the same with 20,000 profiles in the config file",
		"credentials, 20,000 profiles", milliseconds, 1, processes{profiles: manyProfiles, profile: home.Profile}.measure,
	},
	{
		"cold", "the same with 10 profiles, and no role credentials on disk: all send a request",
		"credentials, cold", milliseconds, 1, processes{profiles: 10, profile: home.Profile, cold: true}.measure,
	},
	{
		"role", "warm, for a role that is assumed with those credentials",
		"assumed role, warm", milliseconds, 1, processes{profiles: 10, profile: home.RoleProfile}.measure,
	},
	{
		"exec", "latchkey exec of the program that does nothing, warm", "", milliseconds, 1, measureExec,
	},
	{
		"memory", "the most memory that a warm process has resident",
		"memory", megabytes, 0, memory{profiles: 10}.measure,
	},
	{
		"memory-20000", "the same with 20,000 profiles in the config file",
		"memory, 20,000 profiles", megabytes, 0, memory{profiles: manyProfiles}.measure,
	},
	{
		"stampede", "processes that start at once with an expired sign-in, on a server 100 ms away that rotates refresh tokens",
		"refreshes sent by 20 processes",
		[]report.Column{
			{Name: "processes"},
			{Name: "got credentials, least"},
			{Name: "most"},
			{Name: "refreshes"},
			{Name: "role requests"},
			{Name: "sign-ins lost", Unit: "%"},
			{Name: "took", Unit: "ms"},
		},
		3, measureStampede,
	},
	{
		"goroutines", "1,000 goroutines with 50 providers of one expired sign-in, on the same server", "",
		[]report.Column{{Name: "got credentials"}, {Name: "refreshes"}, {Name: "role requests"}, {Name: "took", Unit: "ms"}},
		1, measureGoroutines,
	},
	{
		"fleet", "10,000 clients, in four processes, whose token expires for all at once: those of Latchkey share a sign-in on a Redis " +
			"server, those of the SDK have a copy each", "", fleetColumns, 1, measureFleet,
	},
	{
		"serve", "a warm response of the credentials endpoint, with 1,000 clients connected", "",
		[]report.Column{{Name: "p50", Unit: "µs"}, {Name: "p99", Unit: "µs"}, {Name: "processor", Unit: "µs"}, {Name: "memory grew by", Unit: "kB"}},
		1, measureServe,
	},
	{
		"retrieve-memory", "a Retrieve of a Go program that has valid credentials in memory", "", callColumns, 1, measureRetrieveMemory,
	},
	{
		"retrieve-disk", "the first Retrieve of a provider; Latchkey has a role cache on disk, the SDK sends a request", "", callColumns, 1, measureRetrieveDisk,
	},
	{
		"load", "loading one profile of 10", "", callColumns, 1, loadProfile{10}.measure,
	},
	{
		"load-20000", "loading one profile of 20,000", "", callColumns, 1, loadProfile{manyProfiles}.measure,
	},
	{
		"size", "the program on disk, without its interpreter", "size on disk", []report.Column{{Name: "size", Unit: "MB"}}, 0, measureSize,
	},
	{
		"imports", "a Go program that imports a package, stripped, for linux/amd64", "",
		[]report.Column{{Name: "bytes"}, {Name: "packages"}, {Name: "modules"}, {Name: "lines in go.sum"}},
		0, measureImports,
	},
	{
		"modules", "the machine code of the latchkey command, by module", "", []report.Column{{Name: "bytes"}}, 0, measureModules,
	},
}

var callColumns = []report.Column{
	{Name: "p25", Unit: "µs"}, {Name: "p50", Unit: "µs"}, {Name: "allocations"}, {Name: "allocated", Unit: "kB"},
}
